// The commands of conntrail. Each takes the words behind its name and returns the process exit code:
// 0 fine, 1 nothing matched, 2 usage or runtime error, 3 not permitted, 4 the kernel lacks what was asked.
#pragma once

#include <string>
#include <vector>

namespace conntrail::cli {

int run_trace(const std::vector<std::string>& words);
int run_list(const std::vector<std::string>& words);
int run_capture(const std::vector<std::string>& words);
int run_diagnose(const std::vector<std::string>& words);
int run_record(const std::vector<std::string>& words);
int run_history(const std::vector<std::string>& words);
int run_show(const std::vector<std::string>& words);
int run_export(const std::vector<std::string>& words);
int run_doctor(const std::vector<std::string>& words);

}  // namespace conntrail::cli
