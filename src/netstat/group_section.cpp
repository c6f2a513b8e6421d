// -g: the multicast groups that interfaces have joined.
#include "group_line.h"
#include "section.h"
#include "table_file.h"
#include "translation.h"

namespace conntrail::netstat {

namespace {

class GroupSection final : public Section {
 public:
  SectionStatus collect(Session& session) override {
    reader_ = GroupReader();
    return read_inet_files(session, {"/proc/net/igmp", "/proc/net/igmp6", "AF INET (igmp)"},
                           [&](std::string_view line, int number, bool /*v6*/) {
                             const std::string warning = reader_.take(line, number);
                             if (!warning.empty()) session.console.message(warning);
                           });
  }

  void want_hosts(Names& names) override {
    for (const GroupRow& row : reader_.rows()) names.want_host(row.group, row.v6);
  }

  void print(Session& session) override {
    std::string text("IPv6/");
    text += translated("IPv4 Group Memberships\n");
    text += translated("Interface       RefCnt Group\n");
    text += "--------------- ------ ---------------------\n";
    for (const GroupRow& row : reader_.rows()) {
      append_group_row(text, row, session.options.numeric_hosts, session.names);
    }
    session.console.text(text);
  }

 private:
  GroupReader reader_;
};

}  // namespace

std::unique_ptr<Section> make_group_section() { return std::make_unique<GroupSection>(); }

}  // namespace conntrail::netstat
