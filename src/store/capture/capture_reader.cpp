#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "capture/block_reader.h"
#include "capture/capture_codec.h"
#include "checksum.h"
#include "conntrail/store/capture.h"

namespace conntrail::store {
namespace {

std::string name_of(const std::string& path) { return path == "-" ? "stdin" : "'" + path + "'"; }

struct Opened {
  ByteSource source;  // behind the header
  CaptureHeader header;
};

Result<Opened> open_capture(const std::string& path) {
  auto source = ByteSource::open(path);
  if (!source) return std::unexpected(source.error());
  const std::string name = name_of(path);
  const ByteView preamble = source->look(kPreambleBytes);
  if (source->error() != 0) return fail_errno("cannot read " + name, source->error());
  constexpr std::string_view kDatabase = "SQLite format 3";
  if (preamble.size() > kDatabase.size() &&
      std::ranges::equal(preamble.first(kDatabase.size()), kDatabase, {}, {},
                         [](char c) { return static_cast<std::uint8_t>(c); }))
    return fail(name + " is not a capture", "it is a database", "history, show and export read it with --db");
  if (preamble.size() < kCaptureMagic.size() ||
      !std::ranges::equal(preamble.first(kCaptureMagic.size()), kCaptureMagic))
    return fail(name + " is not a capture", preamble.empty() ? "it is empty" : "",
                "conntrail capture FILE writes one");
  if (preamble.size() < kPreambleBytes) return fail(name + " cannot be used", "it ends within its header");
  ByteReader in(preamble.subspan(kCaptureMagic.size()));
  const std::uint32_t version = in.u32();
  const std::uint32_t length = in.u32();
  const std::uint32_t check = in.u32();
  if (version == 0 || version > kCaptureVersion)
    return fail_unsupported(
        name + " cannot be used",
        fmt::format("it is a capture of version {}, this conntrail reads {}", version, kCaptureVersion),
        "use the conntrail that wrote it, or a newer one");
  if (length > kMostHeaderBytes) return fail(name + " cannot be used", "its header is damaged");
  source->skip(kPreambleBytes);
  const ByteView content = source->look(length);
  if (content.size() < length) return fail(name + " cannot be used", "it ends within its header");
  if (crc32c(content) != check) return fail(name + " cannot be used", "its header is damaged");
  ByteReader fields(content);
  CaptureHeader header = decode_header(fields);
  source->skip(length);
  return Opened{std::move(*source), std::move(header)};
}

}  // namespace

class CaptureReader::Impl {
 public:
  Impl(std::string name, Opened opened)
      : header(std::move(opened.header)), name_(std::move(name)), blocks_(std::move(opened.source)) {}

  std::optional<CaptureRecord> next() {
    std::optional<CaptureRecord> record;
    while (!record && !ended_) {
      if (left_ == 0) {
        record = next_block();
      } else {
        record = next_in_block();
      }
    }
    return record;
  }

  const CaptureHeader header;
  std::optional<Error> damage;

 private:
  std::optional<CaptureRecord> next_block();
  std::optional<CaptureRecord> next_in_block();
  std::optional<CaptureRecord> take(RecordKind kind, ByteReader& in);
  template <class Record>
  std::optional<CaptureRecord> take_as(ByteReader& in) {
    Record record;
    decode(in, *context_, record);
    return record;
  }
  template <class Item, class Record>
  std::optional<CaptureRecord> take_items(ByteReader& in, std::optional<Record>& unfinished,
                                          std::vector<Item> Record::*list);
  template <class Record>
  std::optional<CaptureRecord> finish_list(std::optional<Record>& unfinished);
  std::optional<CaptureRecord> loss(MonoTime to);
  void give_block_up();
  void drop_unfinished();
  void account();

  std::string name_;
  BlockReader blocks_;
  Block block_;
  ByteReader in_{{}};
  std::uint32_t left_ = 0;  // records in the block
  std::unique_ptr<CaptureContext> context_ = std::make_unique<CaptureContext>();
  MonoTime newest_;

  // A snapshot or a list of holders of which not everything has come.
  std::optional<CapturedSnapshot> snapshot_;
  std::optional<CapturedHolders> holders_;
  std::uint64_t items_left_ = 0;

  bool hole_ = false;  // a block could not be read to its end
  std::uint64_t unreadable_ = 0;
  std::uint64_t unknown_ = 0;
  std::uint64_t incomplete_ = 0;
  std::uint64_t lost_ = 0;  // since the last loss was told
  bool ended_ = false;
};

std::optional<CaptureRecord> CaptureReader::Impl::next_block() {
  const bool more = blocks_.next(block_);
  if (!more) {
    ended_ = true;
    drop_unfinished();
    account();
    const std::optional<std::uint64_t> lost = blocks_.hole_at_end();
    lost_ += lost.value_or(0);
    return hole_ || lost ? loss(newest_) : std::nullopt;
  }
  in_ = ByteReader(block_.records);
  left_ = block_.header.records;
  *context_ = {};
  std::optional<CaptureRecord> told;
  if (block_.after_hole || hole_) {
    drop_unfinished();
    lost_ += block_.lost;
    told = loss(block_.header.first);
  }
  newest_ = std::max(newest_, block_.header.last);
  return told;
}

// Where records are missing the tracker is given a loss: their number is known for blocks whose headers can
// be read.
std::optional<CaptureRecord> CaptureReader::Impl::loss(MonoTime to) {
  hole_ = false;
  const std::uint64_t count = std::max<std::uint64_t>(std::exchange(lost_, 0), 1);
  return CapturedLoss{count, newest_, std::max(newest_, to)};
}

std::optional<CaptureRecord> CaptureReader::Impl::next_in_block() {
  const auto kind = in_.varint();
  ByteReader payload(in_.bytes(in_.number<std::size_t>()));
  if (!in_.good()) {
    give_block_up();
    return std::nullopt;
  }
  if (kind == 0 || kind > static_cast<std::uint64_t>(kLastRecordKind)) {
    ++unknown_;
    --left_;
    return std::nullopt;
  }
  std::optional<CaptureRecord> record = take(static_cast<RecordKind>(kind), payload);
  if (!payload.good()) {
    give_block_up();
    return std::nullopt;
  }
  --left_;
  return record;
}

// Each record is encoded relative to those before it: nothing can be read behind one that cannot be read.
void CaptureReader::Impl::give_block_up() {
  unreadable_ += left_;
  lost_ += left_;
  left_ = 0;
  hole_ = true;
  drop_unfinished();
}

void CaptureReader::Impl::drop_unfinished() {
  if (snapshot_ || holders_) ++incomplete_;
  snapshot_.reset();
  holders_.reset();
}

std::optional<CaptureRecord> CaptureReader::Impl::take(RecordKind kind, ByteReader& in) {
  if (kind == RecordKind::rows) return take_items(in, snapshot_, &CapturedSnapshot::rows);
  if (kind == RecordKind::holder_list) return take_items(in, holders_, &CapturedHolders::holders);
  drop_unfinished();
  switch (kind) {
    case RecordKind::event:
      return take_as<SocketEvent>(in);
    case RecordKind::snapshot:
      decode_scope(in, *context_, snapshot_.emplace().scope);
      items_left_ = in.varint();
      decode_cookies(in, snapshot_->scope);
      return finish_list(snapshot_);
    case RecordKind::holders:
      holders_.emplace().complete = in.u8() != 0;
      items_left_ = in.varint();
      return finish_list(holders_);
    case RecordKind::loss:
      return take_as<CapturedLoss>(in);
    case RecordKind::time:
      return take_as<CapturedTime>(in);
    case RecordKind::restore: {
      CapturedRestore restore;
      decode(in, *context_, restore.connection);
      return restore;
    }
    case RecordKind::sample:
      return take_as<HostSample>(in);
    case RecordKind::totals: {
      EventTotals totals;
      decode(in, totals);
      return totals;
    }
    case RecordKind::clock:
      return take_as<CapturedClock>(in);
    case RecordKind::namespace_name: {
      CapturedNamespace named;
      decode(in, named);
      return named;
    }
    default:
      return std::nullopt;
  }
}

template <class Item, class Record>
std::optional<CaptureRecord> CaptureReader::Impl::take_items(ByteReader& in,
                                                             std::optional<Record>& unfinished,
                                                             std::vector<Item> Record::*list) {
  // Items whose beginning is missing are read all the same: later records build on them.
  const std::uint64_t count = in.varint();
  for (std::uint64_t i = 0; i < count && in.good(); ++i) {
    Item item;
    decode(in, *context_, item);
    if (!unfinished || items_left_ == 0 || !in.good()) continue;
    ((*unfinished).*list).push_back(std::move(item));
    --items_left_;
  }
  return finish_list(unfinished);
}

template <class Record>
std::optional<CaptureRecord> CaptureReader::Impl::finish_list(std::optional<Record>& unfinished) {
  if (items_left_ > 0 || !unfinished) return std::nullopt;
  if constexpr (std::is_same_v<Record, CapturedSnapshot>) take_cookies(unfinished->scope, unfinished->rows);
  std::optional<CaptureRecord> record(std::move(*unfinished));
  unfinished.reset();
  return record;
}

void CaptureReader::Impl::account() {
  std::string why;
  const auto add = [&why](const std::string& part) { why += (why.empty() ? "" : "; ") + part; };
  if (blocks_.error() != 0) {
    add("reading failed: " + std::error_code(blocks_.error(), std::generic_category()).message());
  } else if (!blocks_.has_end_mark()) {
    add(fmt::format("it ends early, after {} whole blocks", blocks_.whole()));
  }
  if (blocks_.damaged() > 0) {
    add(fmt::format("{} blocks are damaged, with {} records or more", blocks_.damaged(),
                    blocks_.lost_records()));
  } else if (blocks_.foreign_bytes() > 0) {
    add(fmt::format("{} bytes in it belong to no block", blocks_.foreign_bytes()));
  }
  if (unreadable_ > 0) add(fmt::format("{} records cannot be read", unreadable_));
  if (incomplete_ > 0)
    add(fmt::format("{} snapshots or lists are incomplete and were left out", incomplete_));
  if (unknown_ > 0) add(fmt::format("{} records are of kinds that this version does not know", unknown_));
  if (why.empty()) return;
  damage = fail(name_ + " is not whole", why, "what is whole was used").error();
}

CaptureReader::CaptureReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CaptureReader::CaptureReader(CaptureReader&&) noexcept = default;
CaptureReader& CaptureReader::operator=(CaptureReader&&) noexcept = default;
CaptureReader::~CaptureReader() = default;

Result<CaptureReader> CaptureReader::open(const std::string& path) {
  auto opened = open_capture(path);
  if (!opened) return std::unexpected(opened.error());
  return CaptureReader(std::make_unique<Impl>(name_of(path), std::move(*opened)));
}

const CaptureHeader& CaptureReader::header() const { return impl_->header; }
std::optional<CaptureRecord> CaptureReader::next() { return impl_->next(); }
const std::optional<Error>& CaptureReader::damage() const { return impl_->damage; }

Result<MonoTime> CaptureReader::newest(const std::string& path) {
  if (path == "-") return fail_usage("a pipe cannot be looked through beforehand", {}, "write it to a file");
  auto opened = open_capture(path);
  if (!opened) return std::unexpected(opened.error());
  BlockReader blocks(std::move(opened->source));
  MonoTime newest;
  while (const auto header = blocks.next_header()) newest = std::max(newest, header->last);
  return newest;
}

}  // namespace conntrail::store
