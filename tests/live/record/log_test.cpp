// The recorder's log: where it is, who sees it, and that the recording goes on when it cannot be written.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "command.h"
#include "recorded.h"

namespace conntrail::live {
namespace {

using testing::HasSubstr;

class RecorderLog : public Recorded {
 protected:
  // `conntrail record` for a second on database(), started by a shell; `command` has %s in its place.
  [[nodiscard]] test::CommandResult shell(std::string command, const std::string& options = {}) const {
    const std::string recording =
        std::string(CONNTRAIL_BINARY) + " record --netns self --for 1s --db " + database() + " " + options;
    const std::size_t at = command.find("%s");
    command.replace(at, 2, recording);
    return test::run_command({"bash", "-c", command});
  }
};

TEST_F(RecorderLog, IsKeptBesideTheDatabaseAndShownByDoctor) {
  record();
  stop_recording();
  struct stat status {};
  ASSERT_EQ(stat((database() + ".log").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, mode_t{0600});
  const std::string shown = test::run_command({CONNTRAIL_BINARY, "doctor", "--db", database()}).out;
  EXPECT_THAT(shown, HasSubstr("The recorder's log (" + database() + ".log, the last "));
  EXPECT_THAT(shown, HasSubstr("info record: recording to " + database()));
  const std::string json = test::run_command({CONNTRAIL_BINARY, "doctor", "--json", "--db", database()}).out;
  EXPECT_THAT(json, HasSubstr("{\"type\":\"log\",\"file\":\"" + database() + ".log\",\"text\":\"20"));
}

TEST_F(RecorderLog, LeavesNothingBesideAFileThatIsNotADatabase) {
  std::ofstream(database()) << std::string(5000, 'x');
  EXPECT_EQ(shell("%s").status, 2);
  EXPECT_NE(access((database() + ".log").c_str(), F_OK), 0);
}

TEST_F(RecorderLog, AtDebugTellsWhatTheProgramDoes) {
  const test::CommandResult result = shell("%s", "--log-level info,session=debug,libbpf=debug,kernel=debug");
  EXPECT_EQ(result.status, 0) << result.err;
  for (const char* const text :
       {"conntrail: debug: session: snapshot: ", "conntrail: debug: kernel: attached ",
        "conntrail: debug: libbpf: ", "conntrail: recording to "})
    EXPECT_THAT(result.err, HasSubstr(text));
  EXPECT_THAT(shell("CONNTRAIL_LOG=sesion=debug %s").err, HasSubstr("there is no room 'sesion'"));
}

TEST_F(RecorderLog, HasPrioritiesWhereStderrIsTheJournal) {
  const test::CommandResult result =
      shell("exec 3>&2; export JOURNAL_STREAM=$(stat -Lc %d:%i /proc/self/fd/3); %s", "--log-level debug");
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("<6>recording to "));
  EXPECT_THAT(result.err, HasSubstr("<7>session: snapshot: "));
}

TEST_F(RecorderLog, CannotBeWrittenTheRecordingGoesOn) {
  for (const char* const command :
       {"%s 2>/dev/full", "%s 2>&-", "%s 0<&- 2>&-", "%s 2> >(true)", "%s 2> >(exec sleep 3)"}) {
    std::filesystem::remove(database());
    const test::CommandResult result = shell(command, "--log-level debug --json");
    EXPECT_EQ(result.status, 0) << command << ": " << result.err;
    EXPECT_THAT(result.out, HasSubstr("\"type\":\"summary\"")) << command;
    EXPECT_EQ(number("SELECT clean_end FROM run"), 1) << command;
    EXPECT_THAT(test::read_file(database() + ".log"), HasSubstr("info record: recording to ")) << command;
  }
}

}  // namespace
}  // namespace conntrail::live
