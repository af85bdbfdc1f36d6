#include "slipway/descriptor.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#include "slipway/error.hpp"

namespace slipway {

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    close();
    number_ = other.release();
  }
  return *this;
}

void Descriptor::close() noexcept {
  if (number_ != -1) ::close(release());
}

Descriptor open(const std::string& path, int flags, mode_t mode) {
  return Descriptor(check(::open(path.c_str(), flags | O_CLOEXEC, mode), "open {}", path));
}

Pipe make_pipe(int flags) {
  int ends[2];
  check(::pipe2(ends, flags | O_CLOEXEC), "make a pipe");
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

SocketPair make_socket_pair() {
  int ends[2];
  check(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), "make a pair of sockets");
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

namespace {

// A message of one byte, with room for one descriptor beside it.
struct Parcel {
  char byte = 0;
  iovec bytes{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))]{};
  msghdr message{};

  Parcel() {
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
  }
};

}  // namespace

void send_descriptor(const Descriptor& socket, const Descriptor& sent) {
  Parcel parcel;
  cmsghdr* header = CMSG_FIRSTHDR(&parcel.message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  const int number = sent.get();
  std::memcpy(CMSG_DATA(header), &number, sizeof number);
  check(::sendmsg(socket.get(), &parcel.message, MSG_NOSIGNAL), "send descriptor {}", number);
}

Descriptor receive_descriptor(const Descriptor& socket) {
  Parcel parcel;
  ssize_t count;
  do count = ::recvmsg(socket.get(), &parcel.message, MSG_CMSG_CLOEXEC);
  while (count == -1 && errno == EINTR);
  if (check(count, "receive a descriptor") == 0) return {};
  const cmsghdr* header = CMSG_FIRSTHDR(&parcel.message);
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS)
    throw Error("a message came, and no descriptor with it");
  int number = -1;
  std::memcpy(&number, CMSG_DATA(header), sizeof number);
  return Descriptor(number);
}

std::string read_all(const Descriptor& from) {
  std::string all;
  char buffer[4096];
  for (;;) {
    const ssize_t count = ::read(from.get(), buffer, sizeof buffer);
    if (count == -1 && errno == EINTR) continue;
    check(count, "read descriptor {}", from.get());
    if (count == 0) return all;
    all.append(buffer, static_cast<size_t>(count));
  }
}

void write_all(const Descriptor& to, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(to.get(), bytes.data(), bytes.size());
    if (count == -1 && errno == EINTR) continue;
    check(count, "write to descriptor {}", to.get());
    bytes.remove_prefix(static_cast<size_t>(count));
  }
}

}  // namespace slipway
