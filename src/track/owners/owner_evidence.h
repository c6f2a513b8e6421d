// Who owns a connection, by evidence. Only here are the task fields of an event looked at, and only where the
// transition is the task's own doing; a softirq interrupts any task.
#pragma once

#include <optional>
#include <span>

#include "conntrail/model/owner.h"
#include "conntrail/model/socket_event.h"
#include "record.h"

namespace conntrail::track {

// What a state or destroy event tells about the owner. `hand_over`: this →CLOSE hands over to a time-wait
// socket.
void take_owner_from_event(Record& record, const SocketEvent& event, bool hand_over);

// Takes `owner` unless the known one is better: a larger source, or the same source and newer.
void offer_owner(Record& record, const Owner& owner, MonoTime time);

// Nobody is known as the owner any more; the user and the control group stay the socket's.
void forget_owner(Record& record);

// The process that was taken for the owner was looked at and does not hold the socket.
void disown(Record& record);

// The program that all of several holders are, as a guess without a pid; empty when they are not one program.
[[nodiscard]] std::optional<Owner> shared_name(std::span<const Holder> holders);

// The user id of the socket itself, for a record whose process is not known.
void take_socket_uid(Record& record, std::uint32_t uid);

}  // namespace conntrail::track
