// TitledTable: a /proc table whose columns are named by its title line. netstat looks for the titles it needs
// in their order and steps over columns it does not know; rows are then read as sscanf would. Pure.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string_view>
#include <vector>

namespace conntrail::netstat {

enum class FieldKind : std::uint8_t { device, address, hex, decimal };

struct TitledField {
  std::string_view title;
  FieldKind kind;
};

// Text of a device or an address, else a number (a decimal one as two's complement).
struct FieldValue {
  std::string_view text;
  std::uint32_t number = 0;

  [[nodiscard]] std::int32_t decimal() const { return static_cast<std::int32_t>(number); }
};

class TitledTable {
 public:
  // `fields` is kept by reference. The error is the first title that is missing.
  [[nodiscard]] static std::expected<TitledTable, std::string_view> from_title_line(
      std::string_view line, std::span<const TitledField> fields);

  // One value per field; those behind the first that does not match stay as they are. Answers how many
  // matched.
  [[nodiscard]] std::size_t scan(std::string_view line, std::span<FieldValue> values) const;

 private:
  explicit TitledTable(std::span<const TitledField> fields) : fields_(fields) {}

  static constexpr std::size_t kUnknown = static_cast<std::size_t>(-1);
  std::span<const TitledField> fields_;
  std::vector<std::size_t> columns_;  // index into the fields, or kUnknown, in the order of the file
};

}  // namespace conntrail::netstat
