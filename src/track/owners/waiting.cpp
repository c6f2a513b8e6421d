#include "owners/waiting.h"

#include "owners/owner_evidence.h"

namespace conntrail::track {
namespace {

// A full socket without an inode has no descriptor: nobody has accepted it, or nobody has it any more. The
// latter has sent its FIN.
bool waits(const Record& record) {
  const Connection& c = record.c;
  if (c.inode != 0 || !c.holders.empty() || c.direction == Direction::active) return false;
  if (record.watch != Watch::none || c.owner.source > OwnerSource::inherited) return false;
  return c.state == TcpState::syn_recv || c.state == TcpState::established || c.state == TcpState::close_wait;
}

}  // namespace

void name_waiting(Core& core) {
  if (core.listeners.empty()) return;
  core.records.for_each_living([&core](Record& record) {
    if (!waits(record)) return;
    const Heir heir = core.listeners.heir_of(core.records, record.c.tuple);
    if (!heir.listener) return;  // what was guessed from one that is closed by now still holds
    if (!heir.owner) {
      forget_owner(record);
    } else if (heir.owner->pid != record.c.owner.pid || heir.owner->comm != record.c.owner.comm) {
      forget_owner(record);
      offer_owner(record, *heir.owner, record.owner_time);
    }
  });
}

}  // namespace conntrail::track
