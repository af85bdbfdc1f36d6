// What the checks of the labs about disks run: processes that write to block devices.

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "modes.hpp"

namespace payload {
namespace {

constexpr size_t chunk = 16 * 1024;
constexpr off_t reach = 4 * 1024 * 1024;  // direct writers go round and round in so much of it

int open_disk(const char* path, int flags) {
  const int disk = ::open(path, O_WRONLY | O_CLOEXEC | flags);
  if (disk == -1) ::_exit(3);
  return disk;
}

alignas(4096) char content[chunk];

[[noreturn]] void write_for_ever(const char* path) {
  const int disk = open_disk(path, O_DIRECT);
  for (off_t place = 0;; place = (place + static_cast<off_t>(chunk)) % reach)
    if (::pwrite(disk, content, chunk, place) == -1) ::_exit(3);
}

}  // namespace

// write-direct PATH COUNT OTHER TOKEN: COUNT processes write to PATH without end and without cache,
// and one more to OTHER, if that is not "-". Their parent holds.
int write_direct(char** words) {
  for (long count = ::atol(words[1]); count > 0; --count)
    if (fork_bound() == 0) write_for_ever(words[0]);
  if (words[2][0] != '-' && fork_bound() == 0) write_for_ever(words[2]);
  hold();
}

// write-cached PATH BYTES TOKEN: writes so much into the page cache, where the kernel may leave it
// for a while; then a child shows that it has, and both hold.
int write_cached(char** words) {
  const int disk = open_disk(words[0], 0);
  for (long left = ::atol(words[1]); left > 0; left -= static_cast<long>(chunk))
    if (::write(disk, content, chunk) == -1) return 3;
  tell_and_hold();
}

}  // namespace payload
