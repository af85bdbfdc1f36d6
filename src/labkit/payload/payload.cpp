// The program that checks give to a learner's program as its COMMAND: static, small, and told by
// its first word what to do. The last word is a token by which the check finds it again from
// outside. It prints nothing: what counts is what the kernel shows of it.

#include <fcntl.h>
#include <ftw.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <new>

#include "modes.hpp"

namespace {

constexpr long page = 4096;

[[noreturn]] void hold() {
  for (;;) ::pause();
}

[[noreturn]] void spin() {
  for (;;) asm volatile("");
}

// A child of ours ends with us, unless it is to outlive us.
pid_t fork_bound() {
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(0);  // it ended before we could ask for the signal
  return 0;
}

// A child that does nothing, for the check to see that we have come so far.
void tell() {
  if (fork_bound() == 0) hold();
}

[[noreturn]] void tell_and_hold() {
  tell();
  hold();
}

// init: the first process of a sandbox. It reaps orphans, and ends (and so all others with it) when
// the other end of its standard input is closed.
int init(char**) {
  ::prctl(PR_SET_DUMPABLE, 0);
  const int null = ::open("/dev/null", O_RDWR);
  ::dup2(null, 1);
  ::dup2(null, 2);
  sigset_t child_ended;
  sigemptyset(&child_ended);
  sigaddset(&child_ended, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &child_ended, nullptr);
  const int signals = ::signalfd(-1, &child_ended, SFD_CLOEXEC);
  for (;;) {
    pollfd events[] = {{0, POLLIN, 0}, {signals, POLLIN, 0}};
    ::poll(events, 2, -1);
    if (events[0].revents != 0) return 0;
    signalfd_siginfo info;
    if (::read(signals, &info, sizeof info) == -1) return 1;
    while (::waitpid(-1, nullptr, WNOHANG) > 0) continue;
  }
}

// hold TOKEN: does nothing until it is ended.
int hold_on(char**) {
  hold();
}

// tree TOKEN: at once a child, which at once has a child; all hold.
int tree(char**) {
  if (fork_bound() == 0) fork_bound();
  hold();
}

// daemon TOKEN: leaves a process behind that nobody waits for, and ends with status 0.
int leave_daemon(char**) {
  if (::fork() == 0) {
    ::setsid();
    if (::fork() == 0) hold();
    ::_exit(0);
  }
  ::wait(nullptr);
  return 0;
}

// orphans COUNT TOKEN: leaves COUNT processes behind whose parent is gone, and holds.
int leave_orphans(char** words) {
  for (long count = ::atol(words[0]); count > 0; --count) {
    if (::fork() == 0) {
      if (::fork() == 0) hold();
      ::_exit(0);
    }
    ::wait(nullptr);
  }
  hold();
}

// busy COUNT TOKEN: COUNT processes that never rest.
int busy(char** words) {
  for (long others = ::atol(words[0]) - 1; others > 0; --others)
    if (fork_bound() == 0) spin();
  spin();
}

void* hold_thread(void*) {
  hold();
}

// family THREADS CHILDREN TOKEN: so many threads, the first one counted, and children.
int family(char** words) {
  for (long children = ::atol(words[1]); children > 0; --children)
    if (fork_bound() == 0) hold();
  for (long others = ::atol(words[0]) - 1; others > 0; --others) {
    pthread_t thread;
    if (::pthread_create(&thread, nullptr, hold_thread, nullptr) != 0) return 1;
  }
  hold();
}

const char* clan_name;

// A child named like nothing else, the way a thread starts it: the kernel lists it with that
// thread.
void bear_child(bool with_grandchild) {
  if (fork_bound() != 0) return;
  ::prctl(PR_SET_NAME, clan_name);
  if (with_grandchild) fork_bound();
  hold();
}

void* hold_with_child(void*) {
  bear_child(false);
  hold();
}

// clan THREADS MORE NAME TOKEN: so many threads, the first one counted, each with a child, and the
// first with MORE of them; the very first child has a child itself. All take NAME.
int clan(char** words) {
  clan_name = words[2];
  ::prctl(PR_SET_NAME, clan_name);
  bear_child(true);
  for (long more = ::atol(words[1]); more > 0; --more) bear_child(false);
  for (long others = ::atol(words[0]) - 1; others > 0; --others) {
    pthread_t thread;
    if (::pthread_create(&thread, nullptr, hold_with_child, nullptr) != 0) return 1;
  }
  hold();
}

void* end_soon(void*) {
  ::usleep(200);
  return nullptr;
}

void* churn_threads(void*) {
  for (;;) {
    pthread_t thread;
    if (::pthread_create(&thread, nullptr, end_soon, nullptr) == 0) ::pthread_join(thread, nullptr);
  }
}

// churn TOKEN: threads and children that come and go without end, at any moment more than a few.
int churn(char**) {
  [[maybe_unused]] const int nice =
      ::nice(10);  // the program that looks at us must come to its turn
  for (int i = 0; i < 48; ++i) {
    pthread_t thread;
    if (::pthread_create(&thread, nullptr, churn_threads, nullptr) != 0) return 1;
  }
  for (;;) {
    const pid_t child = fork_bound();
    if (child == 0) ::_exit(0);
    ::waitpid(child, nullptr, 0);
  }
}

double cpu_time() {
  timespec used;
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

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

int polite_status;

void leave(int) {
  ::_exit(polite_status);
}

// polite STATUS TOKEN: holds, and ends with that status at SIGTERM or SIGINT.
int be_polite(char** words) {
  polite_status = ::atoi(words[0]);
  ::signal(SIGTERM, leave);
  ::signal(SIGINT, leave);
  tell_and_hold();
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
      compute_until(user / 2 / children);
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

// burn USER SYSTEM TOKEN: uses so many milliseconds of CPU time, in user mode and in the kernel.
int burn(char** words) {
  return let_orphan(burn_both, words);
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

// transfer READ WRITTEN DISK... TOKEN: so many bytes (a multiple of 65536) from and to each disk.
int transfer(char** words) {
  return let_orphan(move_bytes, words);
}

// crowd COUNT TOKEN: COUNT children at once, which hold for a third of a second; then no one.
int crowd(char** words) {
  for (long children = ::atol(words[0]); children > 0; --children) {
    if (fork_bound() != 0) continue;
    ::usleep(300'000);
    ::_exit(0);
  }
  while (::wait(nullptr) > 0) continue;
  return 0;
}

bool touch(long bytes) {
  void* memory = ::mmap(nullptr, static_cast<size_t>(bytes), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return false;
  for (long i = 0; i < bytes; i += page) static_cast<volatile char*>(memory)[i] = 1;
  return true;
}

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

// cache BYTES FOLDER TOKEN: reads files below FOLDER, so many bytes in all, which the kernel keeps
// as page cache until it needs the memory; then holds, with a child. Not a file written in /tmp:
// that is tmpfs in a sandbox, whose pages the kernel cannot give up without swap.
int fill_cache(char** words) {
  cache_left = ::atol(words[0]);
  ::nftw(words[1], read_one, 16, FTW_PHYS);
  tell_and_hold();
}

// What a task is called that was refused another: the check reads the error's number in its name.
void tell_refusal(int error) {
  char name[16];
  ::snprintf(name, sizeof name, "refused %d", error);
  ::prctl(PR_SET_NAME, name);
}

// bomb MOST TOKEN: forks, as do all its children, until MOST were born. Who is refused tries again
// a little later: a bomb that a machine survives even where nothing stops it. They outlive each
// other.
int bomb(char** words) {
  const long most = ::atol(words[0]);
  void* shared = ::mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return 3;
  auto* born = new (shared) std::atomic<long>(1);
  ::signal(SIGCHLD, SIG_IGN);  // the dead are reaped at once, and give their place free
  useconds_t pause = 1'000;
  while (born->fetch_add(1) < most) {
    const pid_t pid = ::fork();
    if (pid >= 0) continue;
    tell_refusal(errno);
    born->fetch_sub(1);
    ::usleep(pause);
    pause = pause < 100'000 ? 2 * pause : pause;
  }
  hold();
}

// threads MOST TOKEN: so many threads, the first one counted, or as many as it is let have.
int start_threads(char** words) {
  for (long others = ::atol(words[0]) - 1; others > 0; --others) {
    pthread_t thread;
    const int error = ::pthread_create(&thread, nullptr, hold_thread, nullptr);
    if (error == 0) continue;
    tell_refusal(error);
    break;
  }
  hold();
}

// Asks the kernel for every processor there is. It gives what the group has of them.
void ask_for_all_processors() {
  cpu_set_t all;
  ::memset(&all, 0xff, sizeof all);
  const bool given = ::sched_setaffinity(0, sizeof all, &all) == 0;
  ::prctl(PR_SET_NAME, given ? "widened" : "widened: refused");
}

// widen TOKEN: as tree, and each of the three asks for all processors.
int widen(char**) {
  if (fork_bound() == 0) fork_bound();
  ask_for_all_processors();
}

// make FILE TOKEN: makes a file, and holds.
int make_file(char** words) {
  if (::open(words[0], O_WRONLY | O_CREAT | O_EXCL, 0644) == -1) return 3;
  hold();
}

// exit STATUS TOKEN
int end_with(char** words) {
  return ::atoi(words[0]);
}

// die SIGNAL TOKEN: ends by a signal that it sends to itself.
int die(char** words) {
  ::kill(::getpid(), ::atoi(words[0]));
  hold();
}

// named TOKEN: asks for the names first of all, and becomes `hold HOST DOMAIN TOKEN`: so a check
// reads from outside what it saw.
int tell_names(char** words) {
  utsname seen;
  if (::uname(&seen) != 0) return 1;
  ::execl("/proc/self/exe", "payload", "hold", seen.nodename, seen.domainname, words[0], nullptr);
  return 1;
}

// +FOLDER (a new tmpfs; the folder is made), -FOLDER: what is done to the mounts.
bool change_mounts(const char* action) {
  const char* folder = action + 1;
  if (*action == '-') return ::umount2(folder, UMOUNT_NOFOLLOW) == 0;
  ::mkdir(folder, 0755);
  return ::mount("payload", folder, "tmpfs", MS_NOSUID | MS_NODEV, "size=64k") == 0;
}

bool change_all_mounts(char** words) {
  for (; words[1] != nullptr; ++words)  // the last one is the token
    if (!change_mounts(words[0])) return false;
  return true;
}

// mounts ACTION... TOKEN: does it and ends; status 3 when it cannot be done.
int change_and_end(char** words) {
  return change_all_mounts(words) ? 0 : 3;
}

// mounts-hold ACTION... TOKEN: the same, and then holds, with a child.
int change_and_hold(char** words) {
  if (!change_all_mounts(words)) return 3;
  tell_and_hold();
}

// queues KEY NAME TOKEN: makes a System V message queue, a semaphore set and a memory segment with
// that key and a POSIX message queue /NAME, which all must be new; then holds, with a child.
int make_queues(char** words) {
  const key_t key = ::atoi(words[0]);
  constexpr int made = IPC_CREAT | IPC_EXCL | 0600;
  if (::msgget(key, made) == -1 || ::semget(key, 1, made) == -1 || ::shmget(key, page, made) == -1)
    return 3;
  char name[256] = "/";
  ::strncat(name, words[1], sizeof name - 2);
  mq_attr small{};
  small.mq_maxmsg = 2;
  small.mq_msgsize = 64;
  if (::mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &small) == -1) return 3;
  tell_and_hold();
}

// answer SIGNAL STATUS TOKEN: once it has a child, it ends with STATUS when SIGNAL comes.
int answer(char** words) {
  sigset_t awaited;
  sigemptyset(&awaited);
  sigaddset(&awaited, ::atoi(words[0]));
  ::sigprocmask(SIG_BLOCK, &awaited, nullptr);
  tell();
  int number;
  return ::sigwait(&awaited, &number) == 0 ? ::atoi(words[1]) : 1;
}

struct Mode {
  const char* name;
  int words;  // the least number that must follow the name
  int (*act)(char** words);
};

constexpr Mode modes[] = {
    {"init", 0, init},
    {"hold", 0, hold_on},
    {"tree", 0, tree},
    {"daemon", 0, leave_daemon},
    {"orphans", 1, leave_orphans},
    {"busy", 1, busy},
    {"family", 2, family},
    {"clan", 3, clan},
    {"churn", 0, churn},
    {"toil", 0, toil},
    {"absorbed", 1, be_absorbed},
    {"polite", 1, be_polite},
    {"burn", 2, burn},
    {"transfer", 3, transfer},
    {"crowd", 1, crowd},
    {"memory", 1, fill_memory},
    {"memory-child", 1, fill_memory_in_child},
    {"memory-children", 2, fill_memory_in_children},
    {"memory-passing", 2, fill_memory_and_leave},
    {"reserve", 1, reserve},
    {"cache", 2, fill_cache},
    {"bomb", 1, bomb},
    {"threads", 1, start_threads},
    {"widen", 0, widen},
    {"make", 1, make_file},
    {"exit", 1, end_with},
    {"die", 1, die},
    {"named", 1, tell_names},
    {"queues", 2, make_queues},
    {"mounts", 1, change_and_end},
    {"mounts-hold", 1, change_and_hold},
    {"answer", 2, answer},
    {"zoo", 1, payload::zoo},
    {"vanish", 1, payload::vanish},
    {"keep", 3, payload::keep},
    {"target", 3, payload::target},
    {"double", 0, payload::has_double},
};

}  // namespace

int main(int argc, char** argv) {
  for (const Mode& mode : modes)
    if (argc >= 2 + mode.words && ::strcmp(argv[1], mode.name) == 0) return mode.act(argv + 2);
  ::fputs("payload: the helper of Slipway's checks; it is of no use alone\n", stderr);
  return 125;
}
