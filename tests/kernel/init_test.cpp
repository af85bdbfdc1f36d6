#include "slipway/init.hpp"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "labkit/observe/process.hpp"
#include "machine.hpp"
#include "skip.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/process.hpp"

using namespace slipway;
using machine::eventually;

namespace {

/// An init of a new pid namespace, whose command is `inside`.
Child start_init(const std::function<void()>& inside) {
  return start({.namespaces = CLONE_NEWPID}, [&] { serve_as_init(inside); });
}

int status_after(const std::string& line) {
  return start_init([&] { execute({"sh", "-c", line}); }).wait().status();
}

/// Waits for a byte, or for the end of the file.
bool comes(const Descriptor& from) {
  char byte;
  return ::read(from.get(), &byte, 1) == 1;
}

bool has_something(const Descriptor& from) {
  pollfd event{from.get(), POLLIN, 0};
  return ::poll(&event, 1, 0) == 1;
}

}  // namespace

TEST_CASE("an init ends with its command's status") {
  NEEDS_ROOT();
  CHECK(status_after("exit 0") == 0);
  CHECK(status_after("exit 7") == 7);
  CHECK(status_after("kill -KILL $$") == 128 + SIGKILL);
  CHECK(status_after("kill -TERM $$") == 128 + SIGTERM);
}

TEST_CASE("an init is the first process of its namespace, and its command is another") {
  NEEDS_ROOT();
  CHECK(status_after("exit $$") == 2);
}

TEST_CASE("a command that cannot be run is told by whoever starts the init") {
  NEEDS_ROOT();
  try {
    start_init([] { execute({"no-such-command-here"}); });
    FAIL("nothing was thrown");
  } catch (const Error& error) {
    CHECK(error.exit_status() == 127);
    CHECK(error.what() == std::string("run no-such-command-here: No such file or directory"));
  }
  CHECK_THROWS_WITH(start_init([] { throw Error("before the command"); }), "before the command");
}

TEST_CASE("an init passes signals on to its command") {
  NEEDS_ROOT();
  for (const int number : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2}) {
    INFO("signal " << number);
    Child init = start_init([&] {
      sigset_t awaited;
      sigemptyset(&awaited);
      sigaddset(&awaited, number);
      ::sigprocmask(SIG_BLOCK, &awaited, nullptr);
      begun();
      ::_exit(::sigwaitinfo(&awaited, nullptr));
    });
    init.signal(number);
    const auto exit = init.wait_for(20'000);
    REQUIRE(exit);
    CHECK(exit->status() == number);
  }
}

TEST_CASE("a signal ends a command that has no handler for it") {
  NEEDS_ROOT();
  Child init = start_init([] { execute({"sleep", "1000"}); });
  init.signal(SIGTERM);
  CHECK(init.wait().status() == 128 + SIGTERM);
}

TEST_CASE("an init reaps orphans, and does not take their end for the command's") {
  NEEDS_ROOT();
  const Pipe orphan = make_pipe();
  const Pipe command = make_pipe();
  Child init = start_init([&] {
    begun();
    const pid_t between = ::fork();
    if (between == 0) {
      if (::fork() == 0) ::_exit(comes(orphan.read) ? 9 : 8);
      ::_exit(0);
    }
    ::waitpid(between, nullptr, 0);
    ::_exit(comes(command.read) ? 3 : 4);
  });
  const auto children = [&] { return labkit::children_of(init.pid()).size(); };
  REQUIRE(eventually([&] { return children() == 2; }));
  write_all(orphan.write, "!");
  CHECK(eventually([&] { return children() == 1; }));
  CHECK(!init.wait_for(50));
  write_all(command.write, "!");
  CHECK(init.wait().status() == 3);
}

TEST_CASE("what its command has left behind ends with the init") {
  NEEDS_ROOT();
  Pipe life = make_pipe();  // somebody can write to it as long as the one left behind lives
  const Pipe command = make_pipe();
  Child init = start_init([&] {
    begun();
    if (::fork() == 0) {
      ::setsid();
      ::signal(SIGHUP, SIG_IGN);
      for (;;) ::pause();
    }
    life.write.close();
    ::_exit(comes(command.read) ? 5 : 6);
  });
  life.write.close();
  REQUIRE(eventually([&] {
    const auto children = labkit::children_of(init.pid());
    return children.size() == 1 && labkit::children_of(children.front()).size() == 1;
  }));
  CHECK(!has_something(life.read));
  write_all(command.write, "!");
  CHECK(init.wait().status() == 5);
  CHECK(eventually([&] { return has_something(life.read); }));
  CHECK(!comes(life.read));  // the end of the file, and no byte
}

TEST_CASE("an init that is killed takes its command with it") {
  NEEDS_ROOT();
  Child init = start_init([] { execute({"sleep", "1000"}); });
  const auto children = labkit::children_of(init.pid());
  REQUIRE(children.size() == 1);
  init.signal(SIGKILL);
  CHECK(init.wait().status() == 128 + SIGKILL);
  CHECK(!machine::is_alive(children.front()));
}

TEST_CASE("an init holds no descriptor but three, and leads a session") {
  NEEDS_ROOT();
  const Descriptor passed_on(::dup(0));  // without O_CLOEXEC
  const Descriptor ours = slipway::open("/dev/null");
  const Child init = start_init([] { execute({"sleep", "1000"}); });
  const std::string folder = fmt::format("/proc/{}/fd", init.pid());
  // start() comes back a moment before the last of them are closed.
  CHECK(eventually([&] { return list_folder(folder) == std::vector<std::string>{"0", "1", "2"}; }));
  CHECK(::getsid(init.pid()) == init.pid());
}
