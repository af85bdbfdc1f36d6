// Work: CPU time and bytes of a known cost.

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "modes.hpp"

namespace payload {
namespace {

double cpu_time() {
  timespec used;
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

// In a grandchild in a session of its own, which nobody waits for and which outlives us: `act`,
// then hold. Comes back when it has acted; status 3 when that went wrong.
int let_orphan(bool (*act)(char**), char** words) {
  int done[2];
  if (::pipe(done) == -1) return 3;
  if (::fork() == 0) {
    if (::fork() != 0) ::_exit(0);
    ::setsid();
    if (act(words) && ::write(done[1], "!", 1) == 1) hold();
    ::_exit(3);
  }
  ::close(done[1]);
  ::wait(nullptr);
  char byte;
  return ::read(done[0], &byte, 1) == 1 ? 0 : 3;
}

void compute_until(double cpu) {
  constexpr int some = 50'000;
  while (cpu_time() < cpu)
    for (int i = 0; i < some; ++i) asm volatile("");
}

// Half of the user time in children that come and go, the other half itself; then the kernel's.
bool burn_both(char** words) {
  constexpr int children = 10;
  constexpr size_t bytes = size_t{1} << 20;
  const double user = ::atof(words[0]) / 1000;
  const double system = ::atof(words[1]) / 1000;
  for (int i = 0; i < children; ++i) {
    const pid_t child = fork_bound();
    if (child == 0) {
      compute_until(cpu_time() + user / 2 / children);  // its start was the kernel's time
      ::_exit(0);
    }
    ::waitpid(child, nullptr, 0);
  }
  compute_until(cpu_time() + user / 2);
  void* memory = ::mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ::madvise(memory, bytes, MADV_NOHUGEPAGE);
  for (const double end = cpu_time() + system; cpu_time() < end;) {
    ::madvise(memory, bytes, MADV_DONTNEED);
    if (::madvise(memory, bytes, MADV_POPULATE_READ) == -1) return false;
  }
  return true;
}

// Reads and writes past the page cache, in blocks.
bool move_bytes(char** words) {
  constexpr long block = 64L << 10;
  void* memory = ::mmap(nullptr, block, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (int i = 2; words[i + 1] != nullptr; ++i) {  // the last word is the token
    const int disk = ::open(words[i], O_RDWR | O_DIRECT | O_CLOEXEC);
    if (disk == -1) return false;
    for (long left = ::atol(words[0]); left > 0; left -= block)
      if (::read(disk, memory, block) != block) return false;
    ::lseek(disk, 0, SEEK_SET);
    for (long left = ::atol(words[1]); left > 0; left -= block)
      if (::write(disk, memory, block) != block) return false;
  }
  return true;
}

}  // namespace

// toil TOKEN: works a little and rests a little, without end; so do a child, and its child, which
// has a session of its own.
int toil(char**) {
  if (fork_bound() == 0) {
    if (fork_bound() == 0) ::setsid();
  }
  for (;;) {
    for (const double end = cpu_time() + 0.001; cpu_time() < end;) continue;
    ::usleep(4'000);
  }
}

// absorbed MILLISECONDS TOKEN: it and a child are in one system call after the other, each so long,
// and nothing but SIGKILL interrupts one: a great deal of address space is mapped to the page of
// zeros. The child comes when the time has been measured. madvise(2), MADV_POPULATE_READ (5.14).
int be_absorbed(char** words) {
  constexpr size_t first = size_t{16} << 20;
  constexpr size_t most = size_t{4} << 30;
  const double wanted = ::atof(words[0]) / 1000;
  void* memory =
      ::mmap(nullptr, most, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return 3;
  ::madvise(memory, most, MADV_NOHUGEPAGE);
  const double begin = cpu_time();
  if (::madvise(memory, first, MADV_POPULATE_READ) == -1) return 3;
  const double factor = wanted / (cpu_time() - begin);
  const size_t bytes = static_cast<size_t>(factor * static_cast<double>(first)) & ~size_t{page - 1};
  fork_bound();
  for (;;) {
    ::madvise(memory, most, MADV_DONTNEED);
    ::madvise(memory, std::clamp(bytes, first, most), MADV_POPULATE_READ);
  }
}

// burn USER SYSTEM TOKEN: uses so many milliseconds of CPU time, in user mode and in the kernel.
int burn(char** words) {
  return let_orphan(burn_both, words);
}

// transfer READ WRITTEN DISK... TOKEN: so many bytes (a multiple of 65536) from and to each disk.
int transfer(char** words) {
  return let_orphan(move_bytes, words);
}

}  // namespace payload
