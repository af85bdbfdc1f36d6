// Memory: filled, asked for, cached.

#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "modes.hpp"

namespace payload {
namespace {

bool touch(long bytes) {
  void* memory = ::mmap(nullptr, static_cast<size_t>(bytes), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return false;
  for (long i = 0; i < bytes; i += page) static_cast<volatile char*>(memory)[i] = 1;
  return true;
}

long cache_left;

// Page cache is charged to the one who first reads a page of a file. So what is cached and not in
// use is dropped first, to be read again by us.
int read_one(const char* path, const struct stat* info, int type, struct FTW*) {
  static char block[256 * 1024];
  constexpr long too_small = 64 * 1024;
  if (type != FTW_F || !S_ISREG(info->st_mode) || info->st_size < too_small) return 0;
  const int file = ::open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (file == -1) return 0;
  ::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
  ssize_t count;
  while (cache_left > 0 && (count = ::read(file, block, sizeof block)) > 0) cache_left -= count;
  ::close(file);
  return cache_left <= 0;
}

}  // namespace

// memory BYTES TOKEN: fills so much memory, and then holds. Status 3: there was none to be had.
int fill_memory(char** words) {
  if (!touch(::atol(words[0]))) return 3;
  hold();
}

// memory-child BYTES TOKEN: a child fills it; its end is our end.
int fill_memory_in_child(char** words) {
  const pid_t child = fork_bound();
  if (child == 0) ::_exit(touch(::atol(words[0])) ? 0 : 3);
  int status;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

// memory-children COUNT BYTES TOKEN: each of COUNT children fills so much and holds; so does their
// parent, which has next to nothing itself and outlives them.
int fill_memory_in_children(char** words) {
  for (long children = ::atol(words[0]); children > 0; --children) {
    if (fork_bound() != 0) continue;
    if (!touch(::atol(words[1]))) ::_exit(3);
    hold();
  }
  hold();
}

// memory-passing COUNT BYTES TOKEN: COUNT children fill so much each; when all have, they end, and
// nothing is left of it.
int fill_memory_and_leave(char** words) {
  const long count = ::atol(words[0]);
  int full[2];
  int leave[2];
  if (::pipe(full) == -1 || ::pipe(leave) == -1) return 3;
  for (long i = 0; i < count; ++i) {
    if (fork_bound() != 0) continue;
    ::close(leave[1]);
    char byte = touch(::atol(words[1])) ? '!' : '?';
    if (::write(full[1], &byte, 1) == 1) [[maybe_unused]]
      auto end = ::read(leave[0], &byte, 1);
    ::_exit(0);
  }
  bool all = true;
  for (long i = 0; i < count; ++i) {
    char byte = 0;
    all &= ::read(full[0], &byte, 1) == 1 && byte == '!';
  }
  ::close(leave[1]);
  while (::wait(nullptr) > 0) continue;
  return all ? 0 : 3;
}

// reserve BYTES TOKEN: asks for address space without touching it, and then holds, with a child.
int reserve(char** words) {
  void* memory = ::mmap(nullptr, static_cast<size_t>(::atol(words[0])), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return 3;
  tell_and_hold();
}

// cache BYTES FOLDER TOKEN: reads files below FOLDER, so many bytes in all, which the kernel keeps
// as page cache until it needs the memory; then holds, with a child. Not a file written in /tmp:
// that is tmpfs in a sandbox, whose pages the kernel cannot give up without swap.
int fill_cache(char** words) {
  cache_left = ::atol(words[0]);
  ::nftw(words[1], read_one, 16, FTW_PHYS);
  tell_and_hold();
}

}  // namespace payload
