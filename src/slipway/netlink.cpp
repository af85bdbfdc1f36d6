#include "slipway/netlink.hpp"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "slipway/error.hpp"

namespace slipway {
namespace {

constexpr size_t aligned(size_t size) {
  return (size + 3) & ~size_t{3};
}

template <typename Header>
std::string_view as_bytes(const Header& header) {
  return {reinterpret_cast<const char*>(&header), sizeof header};
}

// A header off the front of some bytes, with what its length says belongs to it; the bytes go on
// behind it. Nothing when no whole one is left.
template <typename Header, typename Length>
std::optional<std::pair<Header, std::string_view>> take(std::string_view& bytes,
                                                        Length Header::*length) {
  Header header;
  if (bytes.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, bytes.data(), sizeof header);
  const size_t size = header.*length;
  if (size < sizeof header || size > bytes.size()) return std::nullopt;
  const std::string_view rest = bytes.substr(sizeof header, size - sizeof header);
  bytes.remove_prefix(std::min(aligned(size), bytes.size()));
  return std::pair(header, rest);
}

// The errno in the kernel's answer NLMSG_ERROR; 0 says that all is well.
int error_in(std::string_view bytes) {
  nlmsgerr answer{};
  if (bytes.size() < sizeof answer.error) throw Error("an answer of netlink is too short");
  std::memcpy(&answer.error, bytes.data(), sizeof answer.error);
  return -answer.error;
}

}  // namespace

NetlinkMessage::NetlinkMessage(std::uint16_t type, std::string_view bytes, size_t body)
    : type_(type), body_(body), bytes_(bytes) {
  if (bytes.size() < body)
    throw Error(fmt::format("a netlink message of type {} has {} bytes, {} are wanted", type,
                            bytes.size(), body));
}

void NetlinkMessage::append(const void* data, size_t size) {
  bytes_.append(static_cast<const char*>(data), size);
  bytes_.resize(aligned(bytes_.size()));
}

void NetlinkMessage::copy_body(void* to, size_t size) const {
  std::memcpy(to, bytes_.data(), std::min(size, body_));
}

void NetlinkMessage::add(std::uint16_t attribute, std::string_view value) {
  const rtattr header{static_cast<std::uint16_t>(sizeof header + value.size()), attribute};
  append(&header, sizeof header);
  append(value.data(), value.size());
}

std::string_view NetlinkMessage::attribute(std::uint16_t number) const {
  std::string_view rest = std::string_view(bytes_).substr(std::min(aligned(body_), bytes_.size()));
  while (const auto found = take(rest, &rtattr::rta_len))
    if ((found->first.rta_type & NLA_TYPE_MASK) == number) return found->second;
  return {};
}

Netlink::Netlink()
    : socket_(check(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE),
                    "open a netlink socket")) {}

void Netlink::send(const NetlinkMessage& message, std::uint16_t flags) {
  nlmsghdr header{};
  header.nlmsg_len = static_cast<std::uint32_t>(sizeof header + message.bytes().size());
  header.nlmsg_type = message.type();
  header.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
  header.nlmsg_seq = ++sequence_;
  const std::string bytes = std::string(as_bytes(header)) + message.bytes();
  check(::send(socket_.get(), bytes.data(), bytes.size(), 0), "send a netlink message of type {}",
        header.nlmsg_type);
}

std::string Netlink::receive() const {
  // With MSG_TRUNC the kernel tells how long it is before it is taken.
  const ssize_t size =
      check(::recv(socket_.get(), nullptr, 0, MSG_PEEK | MSG_TRUNC), "wait for netlink's answer");
  std::string bytes(static_cast<size_t>(size), '\0');
  check(::recv(socket_.get(), bytes.data(), bytes.size(), 0), "read netlink's answer");
  return bytes;
}

void Netlink::change(const NetlinkMessage& message, std::string_view attempt, std::uint16_t flags) {
  send(message, static_cast<std::uint16_t>(NLM_F_ACK | flags));
  for (;;) {
    const std::string answer = receive();
    std::string_view rest = answer;
    while (const auto found = take(rest, &nlmsghdr::nlmsg_len)) {
      const auto& [header, bytes] = *found;
      if (header.nlmsg_type != NLMSG_ERROR || header.nlmsg_seq != sequence_) continue;
      if (const int code = error_in(bytes)) fail(code, "{}", attempt);
      return;
    }
  }
}

std::vector<NetlinkMessage> Netlink::list(const NetlinkMessage& question, size_t body) {
  send(question, NLM_F_DUMP);
  std::vector<NetlinkMessage> found;
  for (;;) {
    const std::string answer = receive();
    std::string_view rest = answer;
    while (const auto message = take(rest, &nlmsghdr::nlmsg_len)) {
      const auto& [header, bytes] = *message;
      if (header.nlmsg_seq != sequence_) continue;
      if (header.nlmsg_type == NLMSG_DONE) return found;
      if (header.nlmsg_type == NLMSG_ERROR)
        fail(error_in(bytes), "ask netlink, type {}", question.type());
      found.emplace_back(header.nlmsg_type, bytes, body);
    }
  }
}

}  // namespace slipway
