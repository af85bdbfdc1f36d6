#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "slipway/descriptor.hpp"

/// Talk with the kernel about links, addresses and routes. netlink(7), rtnetlink(7).
namespace slipway {

/// A message without its header: a type (RTM_NEWLINK), the structure that this type demands
/// (ifinfomsg), and attributes, each with a number and some bytes.
class NetlinkMessage {
 public:
  template <typename Body>
  NetlinkMessage(std::uint16_t type, const Body& body) : type_(type), body_(sizeof body) {
    static_assert(std::is_trivially_copyable_v<Body>);
    append(&body, sizeof body);
  }

  /// From bytes as they came, with a body of that size. Throws Error when they are too few.
  NetlinkMessage(std::uint16_t type, std::string_view bytes, size_t body);

  void add(std::uint16_t attribute, std::string_view value);

  std::uint16_t type() const noexcept { return type_; }
  const std::string& bytes() const noexcept { return bytes_; }

  /// The structure; of the type with which the message was made.
  template <typename Body>
  Body body() const {
    Body body{};
    copy_body(&body, sizeof body);
    return body;
  }

  /// The bytes of an attribute; empty when it is not there.
  std::string_view attribute(std::uint16_t number) const;

 private:
  void append(const void* data, size_t size);
  void copy_body(void* to, size_t size) const;

  std::uint16_t type_;
  size_t body_;
  std::string bytes_;  // the body, then the attributes, each begun at a multiple of four
};

/// A socket to the kernel. It belongs to the network namespace in which its maker was at that
/// moment, and goes on to speak of that one wherever its maker goes.
class Netlink {
 public:
  /// Throws Error.
  Netlink();

  /// Has the kernel do what the message says, and waits for its answer. `flags` may hold
  /// NLM_F_CREATE and NLM_F_EXCL. Throws Error "ATTEMPT: ...", with the kernel's errno.
  void change(const NetlinkMessage& message, std::string_view attempt, std::uint16_t flags = 0);

  /// All that the kernel has of a kind (RTM_GETLINK, RTM_GETADDR); `body` is the size of the
  /// structure in each answer. Throws Error.
  std::vector<NetlinkMessage> list(const NetlinkMessage& question, size_t body);

 private:
  void send(const NetlinkMessage& message, std::uint16_t flags);
  std::string receive() const;

  Descriptor socket_;
  std::uint32_t sequence_ = 0;
};

}  // namespace slipway
