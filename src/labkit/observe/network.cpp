#include "labkit/observe/network.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <map>
#include <memory>

#include "slipway/descriptor.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/process.hpp"

namespace labkit {
namespace {

using slipway::check;
using slipway::Descriptor;

// Runs `act` in a process in that network. What it throws, is thrown here.
void in_network_of(pid_t pid, const std::function<void()>& act) {
  const Descriptor network = slipway::open(fmt::format("/proc/{}/ns/net", pid));
  slipway::start({}, [&] {
    check(::setns(network.get(), CLONE_NEWNET), "join the network of process {}", pid);
    act();
  }).wait();
}

int errno_of(pid_t pid, const std::function<void()>& act) {
  try {
    in_network_of(pid, act);
    return 0;
  } catch (const slipway::Error& error) {
    if (error.code() == 0) throw;
    return error.code();
  }
}

sockaddr_in to(const std::string& address, in_port_t port) {
  sockaddr_in there{};
  there.sin_family = AF_INET;
  there.sin_port = htons(port);
  if (::inet_pton(AF_INET, address.c_str(), &there.sin_addr) != 1)
    throw slipway::Error(fmt::format("\"{}\" is no address", address));
  return there;
}

const sockaddr* plain(const sockaddr_in* address) {
  return reinterpret_cast<const sockaddr*>(address);
}

Descriptor open_socket(int type) {
  return Descriptor(check(::socket(AF_INET, type | SOCK_CLOEXEC, 0), "open a socket"));
}

// The length of a network is the number of ones in its mask.
int ones(const void* bytes, size_t count) {
  int sum = 0;
  for (size_t i = 0; i < count; ++i)
    sum += std::popcount(static_cast<const unsigned char*>(bytes)[i]);
  return sum;
}

std::string address_of(const ifaddrs& entry) {
  const bool four = entry.ifa_addr->sa_family == AF_INET;
  const auto bytes = [&](const sockaddr* address) -> const void* {
    if (four) return &reinterpret_cast<const sockaddr_in*>(address)->sin_addr;
    return &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  };
  char text[INET6_ADDRSTRLEN];
  ::inet_ntop(entry.ifa_addr->sa_family, bytes(entry.ifa_addr), text, sizeof text);
  const int length = ones(bytes(entry.ifa_netmask), four ? sizeof(in_addr) : sizeof(in6_addr));
  return fmt::format("{}/{}", text, length);
}

// A line for each link: its name, "up" or "down", its addresses.
std::string tell_links() {
  ifaddrs* first = nullptr;
  check(::getifaddrs(&first), "list the links");
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> all(first, ::freeifaddrs);
  std::map<std::string, std::string> lines;
  for (const ifaddrs* entry = first; entry != nullptr; entry = entry->ifa_next) {
    std::string& line = lines[entry->ifa_name];
    if (line.empty()) line = (entry->ifa_flags & IFF_UP) != 0 ? "up" : "down";
    const int family = entry->ifa_addr == nullptr ? AF_UNSPEC : entry->ifa_addr->sa_family;
    if (family == AF_INET || family == AF_INET6) line += " " + address_of(*entry);
  }
  std::string text;
  for (const auto& [name, line] : lines) text += fmt::format("{} {}\n", name, line);
  return text;
}

void speak_to_itself() {
  const timeval patience{10, 0};
  const Descriptor listener = open_socket(SOCK_STREAM);
  const Descriptor speaker = open_socket(SOCK_STREAM);
  for (const Descriptor* socket : {&listener, &speaker})
    for (const int side : {SO_SNDTIMEO, SO_RCVTIMEO})
      check(::setsockopt(socket->get(), SOL_SOCKET, side, &patience, sizeof patience),
            "limit a socket's patience");
  sockaddr_in here = to("127.0.0.1", 0);
  socklen_t size = sizeof here;
  check(::bind(listener.get(), plain(&here), size), "bind a socket to 127.0.0.1");
  check(::listen(listener.get(), 1), "listen on 127.0.0.1");
  check(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&here), &size), "ask for a port");
  check(::connect(speaker.get(), plain(&here), size), "connect to 127.0.0.1");
  const Descriptor hearer(
      check(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC), "accept a connection"));
  slipway::write_all(speaker, "!");
  char heard;
  check(::recv(hearer.get(), &heard, 1, MSG_WAITALL), "hear what was said");
}

}  // namespace

std::vector<SeenLink> links_seen_by(pid_t pid) {
  const Descriptor answer(check(::memfd_create("links", MFD_CLOEXEC), "make a file in memory"));
  in_network_of(pid, [&] { slipway::write_all(answer, tell_links()); });
  check(::lseek(answer.get(), 0, SEEK_SET), "rewind the answer");
  std::vector<SeenLink> links;
  for (const std::string& line : slipway::split(slipway::read_all(answer), '\n')) {
    std::vector<std::string> words = slipway::split(line, ' ');
    if (words.size() < 2) continue;
    links.push_back({words[0], words[1] == "up", {words.begin() + 2, words.end()}});
    std::ranges::sort(links.back().addresses);
  }
  return links;
}

std::string in_words(const std::vector<SeenLink>& links) {
  std::string text;
  for (const SeenLink& link : links) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", link.name, link.up ? "up" : "down");
    for (const std::string& address : link.addresses) text += " " + address;
  }
  return text.empty() ? "no link" : text;
}

int way_from(pid_t pid, const std::string& address) {
  return errno_of(pid, [&] {
    const sockaddr_in there = to(address, 9);  // no packet is sent by this
    check(::connect(open_socket(SOCK_DGRAM).get(), plain(&there), sizeof there), "find a way");
  });
}

int loopback_from(pid_t pid) {
  return errno_of(pid, speak_to_itself);
}

void add_address(pid_t pid, const std::string& address) {
  in_network_of(pid, [&] {
    ifreq request{};
    std::copy_n("lo:1", 5, request.ifr_name);  // another address is another name: netdevice(7)
    const sockaddr_in added = to(address, 0);
    std::copy_n(reinterpret_cast<const char*>(&added), sizeof added,
                reinterpret_cast<char*>(&request.ifr_addr));
    check(::ioctl(open_socket(SOCK_DGRAM).get(), SIOCSIFADDR, &request), "give lo the address {}",
          address);
  });
}

std::vector<std::string> sockets_of(pid_t pid) {
  const std::string folder = fmt::format("/proc/{}/fd", pid);
  std::vector<std::string> found;
  for (const std::string& number : slipway::list_folder(folder)) {
    char target[128] = {};
    const ssize_t length = ::readlink((folder + "/" + number).c_str(), target, sizeof target - 1);
    if (length > 0 && std::string_view(target).starts_with("socket:"))
      found.push_back(fmt::format("{} -> {}", number, target));
  }
  return found;
}

}  // namespace labkit
