#pragma once

#include <fcntl.h>

#include <string>
#include <string_view>
#include <utility>

namespace slipway {

/// Owns one file descriptor and closes it; moves, never copies.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) noexcept : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor() { close(); }

  int get() const noexcept { return number_; }  ///< The number, -1 when it owns nothing.
  explicit operator bool() const noexcept { return number_ != -1; }
  int release() noexcept { return std::exchange(number_, -1); }  ///< Gives up ownership.
  void close() noexcept;  ///< Closes early; twice is harmless.

 private:
  int number_ = -1;
};

/// open(2), always with O_CLOEXEC. Throws Error "open PATH: ...".
Descriptor open(const std::string& path, int flags = O_RDONLY, mode_t mode = 0600);

struct Pipe {
  Descriptor read;
  Descriptor write;
};

/// pipe2(2) with O_CLOEXEC and `flags` (O_NONBLOCK, O_DIRECT). Throws Error.
Pipe make_pipe(int flags = 0);

/// Two sockets, each of which reads what is written to the other: unix(7), SOCK_SEQPACKET, with
/// O_CLOEXEC. Throws Error.
struct SocketPair {
  Descriptor near;
  Descriptor far;
};
SocketPair make_socket_pair();

/// Sends a descriptor over such a socket, and takes it at the other end, with O_CLOEXEC; it owns
/// nothing when that end was closed instead. unix(7), SCM_RIGHTS. Throw Error.
void send_descriptor(const Descriptor& socket, const Descriptor& sent);
Descriptor receive_descriptor(const Descriptor& socket);

/// Everything up to the end of file. Throws Error.
std::string read_all(const Descriptor& from);

/// All of `bytes`, however many write(2) calls that takes. Throws Error.
void write_all(const Descriptor& to, std::string_view bytes);

}  // namespace slipway
