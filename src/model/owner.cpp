#include "conntrail/model/owner.h"

namespace conntrail {

std::string_view owner_source_name(OwnerSource source) {
  switch (source) {
    case OwnerSource::inherited:
      return "inherited";
    case OwnerSource::fd:
      return "fd";
    case OwnerSource::accept:
      return "accept";
    case OwnerSource::listen:
      return "listen";
    case OwnerSource::connect:
      return "connect";
    case OwnerSource::close:
      return "close";
    case OwnerSource::unknown:
      break;
  }
  return "unknown";
}

}  // namespace conntrail
