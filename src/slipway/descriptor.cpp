#include "slipway/descriptor.hpp"

#include <unistd.h>

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
