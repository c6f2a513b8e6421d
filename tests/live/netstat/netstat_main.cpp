// netstat as a program of its own, so that these tests need no other part of conntrail. Messages carry the
// name of the real one.
#include <array>
#include <vector>

#include "conntrail/netstat/netstat.h"

int main(int argc, char** argv) {
  std::array<char, 8> name{"netstat"};
  std::vector<char*> arguments(argv, argv + argc);
  arguments[0] = name.data();
  return conntrail::netstat::run(argc, arguments.data());
}
