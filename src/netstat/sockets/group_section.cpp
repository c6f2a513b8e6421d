// -g: the multicast groups that interfaces have joined.
#include "conntrail/base/text.h"
#include "output/translation.h"
#include "sockets/group_line.h"
#include "sockets/section.h"
#include "sockets/table_file.h"

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
    for (const GroupRow& row : reader_.rows()) names.want_host(row.group);
  }

  void print(Session& session) override {
    if (session.records != nullptr) {
      for (const GroupRow& row : reader_.rows()) write_record(session, row);
      return;
    }
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
  static void write_record(Session& session, const GroupRow& row) {
    RecordWriter& out = *session.records;
    AddressScratch scratch;
    out.begin("group");
    out.text("interface", trim(row.device));  // the files pad it
    out.text("family", family_name(row.group.family));
    out.text("group_addr", numeric_text(row.group, scratch));
    const std::string_view host =
        session.options.numeric_hosts ? std::string_view() : session.names.host(row.group);
    host.empty() ? out.absent("group_host") : out.text("group_host", host);
    out.number("refcount", row.references);
    out.end();
  }

  GroupReader reader_;
};

}  // namespace

std::unique_ptr<Section> make_group_section() { return std::make_unique<GroupSection>(); }

}  // namespace conntrail::netstat
