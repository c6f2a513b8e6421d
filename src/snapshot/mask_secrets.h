// Secrets in the words of a command line, as far as they can be told by what stands before them.
#pragma once

#include <string>
#include <vector>

namespace conntrail::snapshot {

// What stands behind an option or a key that is called like a password, and the password of a URL, become
// "***". A word may be a whole text: what a process writes over its command line, or what a shell is to run.
void mask_secrets(std::vector<std::string>& words);

}  // namespace conntrail::snapshot
