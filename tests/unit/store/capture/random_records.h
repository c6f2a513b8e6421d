// Records with every field set to something, for round trips; and captures of them in files of their own.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "conntrail/store/capture.h"

namespace conntrail::store::test {

class RandomRecords {
 public:
  explicit RandomRecords(std::uint64_t seed) : engine_(seed) {}

  SocketEvent event();
  SocketRow row();
  SocketHolder holder();
  Connection connection();
  HostSample sample();
  CapturedSnapshot snapshot(std::size_t rows);
  CapturedHolders holders(std::size_t count);
  CaptureRecord any();  // of any kind

 private:
  // Small, large, and the largest that the type can hold.
  template <class T>
  T number() {
    switch (pick(4)) {
      case 0:
        return 0;
      case 1:
        return static_cast<T>(pick(200));
      case 2:
        return std::numeric_limits<T>::max();
      default:
        return static_cast<T>(engine_());
    }
  }
  std::uint64_t pick(std::uint64_t below) { return engine_() % below; }
  bool flag() { return pick(2) != 0; }
  template <class Enum>
  Enum one_of(Enum most) {
    return static_cast<Enum>(pick(static_cast<std::uint64_t>(most) + 1));
  }
  MonoTime time() { return {number<std::int64_t>() * (flag() ? 1 : -1)}; }
  std::string text();  // any bytes, at times very long
  Family family();
  IpAddress address();
  FourTuple tuple();
  SocketStats stats();
  Owner owner();

  std::mt19937_64 engine_;
};

// A file below the test's temporary directory, removed with this object.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& content = {});
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile();
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string read() const;
  void write(const std::string& content) const;

 private:
  std::string path_;
};

CaptureHeader some_header();
// As an event is after a round trip: sockets are numbered anew, and only where it matters.
SocketEvent without_sk(SocketEvent event);
CaptureRecord without_sk(CaptureRecord record);

struct ReadBack {
  std::vector<CaptureRecord> records;
  std::optional<Error> damage;
};
// Writes `records` (a block ends behind each of `block_ends`) and gives the file's content.
std::string capture_of(const std::vector<CaptureRecord>& records,
                       const std::vector<std::size_t>& block_ends = {});
// What a reader makes of such a content; the test fails when it is not even opened.
ReadBack read_back(const std::string& content);

}  // namespace conntrail::store::test
