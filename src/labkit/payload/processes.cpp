// Processes: how many, how they hang together, how they come and go.

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <new>

#include "modes.hpp"

namespace payload {
namespace {

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

// What a task is called that was refused another: the check reads the error's number in its name.
void tell_refusal(int error) {
  char name[16];
  ::snprintf(name, sizeof name, "refused %d", error);
  ::prctl(PR_SET_NAME, name);
}

// Asks the kernel for every processor there is. It gives what the group has of them.
void ask_for_all_processors() {
  cpu_set_t all;
  ::memset(&all, 0xff, sizeof all);
  const bool given = ::sched_setaffinity(0, sizeof all, &all) == 0;
  ::prctl(PR_SET_NAME, given ? "widened" : "widened: refused");
}

}  // namespace

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

// widen TOKEN: as tree, and each of the three asks for all processors.
int widen(char**) {
  if (fork_bound() == 0) fork_bound();
  ask_for_all_processors();
  hold();
}

}  // namespace payload
