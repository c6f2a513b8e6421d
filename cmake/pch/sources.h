// What most sources include (see ConntrailModule.cmake).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <expected>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

// fmt 9 compiles its formatter, 90 KB of code, in every source that calls fmt::format_to, though its library
// (and src/cli/fmt_instances.cpp) has it: five seconds of a small source's six. The names are fmt's own.
FMT_BEGIN_NAMESPACE
namespace detail {
extern template void vformat_to(buffer<char>&, string_view, basic_format_args<FMT_BUFFER_CONTEXT(char)>,
                                locale_ref);
}  // namespace detail
FMT_END_NAMESPACE
