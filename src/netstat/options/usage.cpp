#include "options/usage.h"

#include <array>

#include "output/translation.h"

namespace conntrail::netstat {

std::string usage_text() {
  std::string text;
  text += translated("usage: netstat [-vWeenNcCF] [<Af>] -r         netstat {-V|--version|-h|--help}\n");
  text += translated("       netstat [-vWnNcaeol] [<Socket> ...]\n");
  text += translated("       netstat { [-vWeenNac] -i | [-cnNe] -M | -s [-6tuw] }\n\n");
  text += translated("        -r, --route              display routing table\n");
  text += translated("        -i, --interfaces         display interface table\n");
  text += translated("        -g, --groups             display multicast group memberships\n");
  text += translated("        -s, --statistics         display networking statistics (like SNMP)\n");
  text += translated("        -M, --masquerade         display masqueraded connections\n\n");
  text += translated("        -v, --verbose            be verbose\n");
  text += translated("        -W, --wide               don't truncate IP addresses\n");
  text += translated("        -n, --numeric            don't resolve names\n");
  text += translated("        --numeric-hosts          don't resolve host names\n");
  text += translated("        --numeric-ports          don't resolve port names\n");
  text += translated("        --numeric-users          don't resolve user names\n");
  text += translated("        -N, --symbolic           resolve hardware names\n");
  text += translated("        -e, --extend             display other/more information\n");
  text += translated("        -p, --programs           display PID/Program name for sockets\n");
  text += translated("        -o, --timers             display timers\n");
  text += translated("        -c, --continuous         continuous listing\n\n");
  text += translated("        -l, --listening          display listening server sockets\n");
  text += translated("        -a, --all                display all sockets (default: connected)\n");
  text += translated("        -F, --fib                display Forwarding Information Base (default)\n");
  text += translated("        -C, --cache              display routing cache instead of FIB\n");
  text += translated("        -Z, --context            display SELinux security context for sockets\n");
  text += translated("\n  <Socket>={-t|--tcp} {-u|--udp} {-U|--udplite} {-S|--sctp} {-w|--raw}\n");
  text += translated("           {-x|--unix} --ax25 --ipx --netrom\n");
  text += translated("  <AF>=Use '-6|-4' or '-A <af>' or '--<af>'; default: %s\n", {"inet"});
  text += translated("  List of possible address families (which support routing):\n");
  return text;
}

// Three to a line.
std::string family_list_text() {
  struct Family {
    std::string_view name;
    std::string_view description;
  };
  const std::array<Family, 8> families{{{"inet", translated("DARPA Internet")},
                                        {"inet6", translated("IPv6")},
                                        {"ax25", translated("AMPR AX.25")},
                                        {"netrom", translated("AMPR NET/ROM")},
                                        {"rose", translated("AMPR ROSE")},
                                        {"ipx", translated("Novell IPX")},
                                        {"ddp", translated("Appletalk DDP")},
                                        {"x25", translated("CCITT X.25")}}};
  std::string text;
  for (std::size_t i = 0; i < families.size(); ++i) {
    if (i % 3 == 0) text += "    ";
    text.append(families[i].name).append(" (").append(families[i].description).append(") ");
    if (i % 3 == 2 || i + 1 == families.size()) text += '\n';
  }
  return text;
}

std::string_view version_text() {
  return "net-tools 2.10\n"
         "Fred Baumgarten, Alan Cox, Bernd Eckenfels, Phil Blundell, Tuan Hoang, Brian Micek and others\n"
         "+NEW_ADDRT +RTF_IRTT +RTF_REJECT +FW_MASQUERADE +I18N +SELINUX\n"
         "AF: (inet) +UNIX +INET +INET6 +IPX +AX25 +NETROM +X25 +ATALK +ECONET +ROSE -BLUETOOTH\n"
         "HW:  +ETHER +ARC +SLIP +PPP +TUNNEL -TR +AX25 +NETROM +X25 +FR +ROSE +ASH +SIT +FDDI +HIPPI "
         "+HDLC/LAPB +EUI64 \n";
}

}  // namespace conntrail::netstat
