#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

/// The checks' own eyes on networks: a helper process of ours joins the network namespace of a
/// process for a moment. network_namespaces(7). All throw slipway::Error when that process is gone.
namespace labkit {

struct SeenLink {
  std::string name;
  bool up = false;
  std::vector<std::string> addresses;  ///< "127.0.0.1/8", "::1/128"; sorted.
  bool operator==(const SeenLink&) const = default;
};

/// All links in the network of a process, by name.
std::vector<SeenLink> links_seen_by(pid_t pid);

/// "lo up 127.0.0.1/8, eth0 down".
std::string in_words(const std::vector<SeenLink>& links);

/// The errno with which a packet to this IPv4 address is refused for want of a way; 0: there is
/// one.
int way_from(pid_t pid, const std::string& address);

/// The errno with which a TCP connection from 127.0.0.1 to itself fails; 0: a byte went through.
int loopback_from(pid_t pid);

/// Gives the loopback link in the network of a process one more IPv4 address.
void add_address(pid_t pid, const std::string& address);

/// The open sockets of a process: "5 -> socket:[4711]".
std::vector<std::string> sockets_of(pid_t pid);

}  // namespace labkit
