// Doing something inside another network namespace without ever leaving one's own.
#pragma once

#include <functional>

#include "conntrail/base/result.h"
#include "conntrail/snapshot/snapshot.h"

namespace conntrail::snapshot {

// Runs `work` on a thread of its own that has entered `target`, and waits for it; directly when the calling
// thread is in `target` already. The thread ends with the call, so the namespace is not kept alive. Fails
// with `not_permitted` without CAP_SYS_ADMIN there, and with sys_errno ENOENT or ESTALE when the namespace
// has gone.
[[nodiscard]] Result<void> run_in_namespace(const NetworkNamespace& target,
                                            const std::function<void()>& work);

}  // namespace conntrail::snapshot
