// What a process says of itself, without what is nobody's business.
#include "conntrail/snapshot/process_title.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

namespace conntrail::snapshot {
namespace {

// Words of a command line, as /proc/PID/cmdline has them.
std::string shown(const std::string& words, bool whole = true) {
  std::string bytes = words;
  std::ranges::replace(bytes, '|', '\0');
  return title_of(bytes, whole);
}

TEST(Title, IsTheCommandLine) {
  EXPECT_EQ(shown("nginx|-g|daemon off;|"), "nginx -g daemon off;");
  EXPECT_EQ(shown("postgres: app orders 10.77.1.2(44190) idle in transaction||||"),
            "postgres: app orders 10.77.1.2(44190) idle in transaction");
  EXPECT_EQ(shown("sshd: user@notty|"), "sshd: user@notty");
  EXPECT_EQ(shown("sshd: user1@pts/0|"), "sshd: user1@pts/0");
  EXPECT_EQ(shown("nginx: worker process is shutting down   "), "nginx: worker process is shutting down");
  EXPECT_EQ(shown("a||b|"), "a  b");
  EXPECT_EQ(shown(""), "");
  EXPECT_EQ(shown("|||"), "");
}

TEST(Title, HidesWhatIsCalledAPassword) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"app|--password|geheim|--port|80|", "app --password *** --port 80"},
      {"app|--password=geheim|x|", "app --password=*** x"},
      {"app|--password|two words|x|", "app --password *** x"},
      {"app|--db-passwd|geheim|", "app --db-passwd ***"},
      {"app|-password|geheim|", "app -password ***"},
      {"app|--pass|geheim|", "app --pass ***"},
      {"app|--api-key|geheim|", "app --api-key ***"},
      {"app|--auth-token=geheim|", "app --auth-token=***"},
      {"app|--Secret|geheim|", "app --Secret ***"},
      {"env|PGPASSWORD=geheim|psql|", "env PGPASSWORD=*** psql"},
      {"app|token=geheim|", "app token=***"},
      {"app|secret=geheim|", "app secret=***"},
      {"java|-Dspring.datasource.password=geheim|", "java -Dspring.datasource.password=***"},
      {"psql|host=db password=geheim dbname=x|", "psql host=db password=*** dbname=x"},
      {"psql|postgres://app:geheim@db/orders|", "psql postgres://app:***@db/orders"},
      {"app|redis://:geheim@cache:6379/0|", "app redis://:***@cache:6379/0"},
      {"app|amqp://u:ge@heim@mq/v|", "app amqp://u:***@mq/v"},
      {"app|app:geheim@tcp(db:3306)/orders|", "app app:***@tcp(db:3306)/orders"},
      {"curl|https://h/x?token=geheim&y=1|", "curl https://h/x?token=***&y=1"},
      {"curl|-u|user:geheim|http://h|", "curl -u user:*** http://h"},
      {"curl|-uuser:geheim|http://h|", "curl -uuser:*** http://h"},
      {"curl|-H|Authorization: Bearer geheim|http://h|", "curl -H Authorization: Bearer *** http://h"},
      {"mysql|-ugeheimnis|-pgeheim|db|", "mysql -ugeheimnis -p*** db"},
      {"/usr/bin/mysqldump|-p|db|", "/usr/bin/mysqldump -p db"},
      {"sh|-c|mysql -u x -pgeheim db|", "sh -c mysql -u x -p*** db"},
      {"sh|-c|app --password geheim --port 80|", "sh -c app --password *** --port 80"},
      {"sshpass|-p|geheim|ssh|h|", "sshpass -p *** ssh h"},
      {"redis-cli|-a|geheim|ping|", "redis-cli -a *** ping"},
      {R"(app|{"user":"x","password":"geheim"}|)", R"(app {"user":"x","password":"***)"},
  };
  for (const auto& [words, title] : cases) {
    EXPECT_EQ(shown(words), title);
    EXPECT_EQ(shown(words).find("geheim "), std::string::npos) << words;
  }
}

// What is no secret stays.
TEST(Title, KeepsTheRest) {
  for (const std::string words :
       {"nc|-p80|host", "ssh|user@host", "git|clone|git@github.com:a/b", "app|--port=80",
        "rsync|user@host::module/path", "app|http://host:8080/a:b", "tar|-pxf|x.tar", "app|key=value|a:b"}) {
    std::string plain = words;
    std::ranges::replace(plain, '|', ' ');
    EXPECT_EQ(shown(words), plain);
  }
}

// The word that is cut may be the one that would show it to be a secret.
TEST(Title, OfALongCommandLineEndsBeforeTheCut) {
  EXPECT_EQ(shown("app|x|postgres://app:gehe", false), "app x");
  const std::string title = shown("app|" + std::string(1000, 'x') + "|");
  EXPECT_LE(title.size(), kLongestTitle + 3);
  EXPECT_TRUE(title.ends_with("…"));
}

TEST(Title, IsReadFromTheProcess) {
  EXPECT_NE(process_title(static_cast<std::uint32_t>(getpid())).find("snapshot_test"), std::string::npos);
  EXPECT_EQ(process_title(0xFFFFFFFF), "");
}

}  // namespace
}  // namespace conntrail::snapshot
