// The table `summary`: for each ten minutes and each key that connections are counted by, what each value
// has. Kept up with every commit, so that counting ten million connections reads a few thousand rows.
//
// A key that has very many values in one bucket (ports of a busy client) leaves the table for LargeSummary.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "conntrail/store/history.h"
#include "history/sqlite.h"
#include "history/tables/large_summary.h"

namespace conntrail::store {

class SummaryTable {
 public:
  [[nodiscard]] static Result<SummaryTable> prepare(const Database& database);

  // Counts a settled connection; `program` is its row's. Nothing is written before flush().
  void add(std::int64_t bucket, const Connection& connection, MonoTime seen, std::int64_t program);
  // Takes back what add() of the same connection, as it was then, has counted.
  void remove(std::int64_t bucket, const Connection& connection, MonoTime seen, std::int64_t program);
  // Part of the open transaction.
  [[nodiscard]] Result<void> flush(const Database& database, std::int64_t now_ns);  // wall time
  // At the end of a run, part of a transaction: nothing is in memory only afterwards.
  [[nodiscard]] Result<void> finish(const Database& database);
  // After a rollback: what is not in the database is forgotten.
  void forget();
  // Its rows are being retired.
  void forget_bucket(std::int64_t bucket);

 private:
  // Keys that depend on the same facts are counted together and told apart at flush().
  enum Facts : std::uint8_t {
    kFlags,
    kProgram,
    kRemoteAddr,
    kRemotePort,
    kLocalAddr,
    kLocalPort,
    kPid,
    kFactKinds
  };
  struct CellKey {
    Facts facts = kFlags;
    std::int64_t bucket = 0;
    std::uint64_t first = 0;
    std::uint64_t second = 0;
    Family family = Family::unspecified;  // of an address: 1.2.3.4 and 102:304:: have the same bytes
    bool operator==(const CellKey&) const = default;
  };
  struct Hash {
    std::size_t operator()(const CellKey& key) const;
  };
  struct Cell {
    std::vector<std::pair<GroupKey, std::string>> values;
    Group sum;
  };
  struct Recent {
    CellKey key;
    Cell* cell = nullptr;
  };
  struct Known {
    bool loaded = false;
    bool full = false;        // none of it is in this table
    Groups* large = nullptr;  // where it is then; null: readers count the rows
    std::size_t values = 0;   // rows of this place
  };

  void count(std::int64_t bucket, const Connection& connection, const Group& one, std::int64_t program);
  void count_cell(const CellKey& key, const Connection& connection, const Group& one);
  void add_to_large(const SummaryPlace& place, Known& known, const std::string& value, const Group& sum);
  void clear_cells();
  [[nodiscard]] Result<Known*> known(const Database& database, const SummaryPlace& place);
  [[nodiscard]] Result<void> write(const Database& database, const SummaryPlace& place,
                                   const std::string& value, const Group& sum);
  void forget_places(const std::vector<SummaryPlace>& places);

  Statement update_;
  Statement insert_;
  Statement count_values_;
  Statement is_full_;
  Statement is_partial_;
  LargeSummary large_;
  std::unordered_map<CellKey, Cell, Hash> cells_;
  // The cell of each kind that was counted in last: most connections are like the one before.
  std::array<Recent, kFactKinds> recent_{};
  std::unordered_map<SummaryPlace, Known, SummaryPlaceHash> known_;
  std::string value_;  // its memory is reused
};

}  // namespace conntrail::store
