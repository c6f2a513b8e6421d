#include "conntrail/snapshot/process_title.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <vector>

#include "conntrail/base/text.h"
#include "conntrail/base/unique_fd.h"
#include "mask_secrets.h"

namespace conntrail::snapshot {

std::string title_of(std::string_view cmdline, bool whole) {
  const std::size_t last = cmdline.find_last_not_of(std::string_view("\0 ", 2));
  if (last == std::string_view::npos) return {};
  if (whole) {
    cmdline = cmdline.substr(0, last + 1);
  } else {
    // What is cut off may be what shows that the last word is a secret.
    const std::size_t cut = cmdline.find_last_of(std::string_view("\0 ", 2));
    if (cut == std::string_view::npos) return {};
    cmdline = cmdline.substr(0, cut);
  }
  std::vector<std::string> words;
  for (const std::string_view word : split(cmdline, '\0')) words.emplace_back(word);
  mask_secrets(words);
  std::string title;
  for (const std::string& word : words) {
    if (!title.empty()) title += ' ';
    title += word;
  }
  if (title.size() <= kLongestTitle) return title;
  std::size_t end = kLongestTitle;
  while (end > 0 && (static_cast<unsigned char>(title[end]) & 0xC0U) == 0x80U) --end;
  return title.substr(0, end) + "…";
}

std::string process_title(std::uint32_t pid) {
  const UniqueFd file(open(fmt::format("/proc/{}/cmdline", pid).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return {};
  std::array<char, 4096> bytes{};
  std::size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t got = read(file.get(), bytes.data() + size, bytes.size() - size);
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
  }
  return title_of({bytes.data(), size}, size < bytes.size());
}

}  // namespace conntrail::snapshot
