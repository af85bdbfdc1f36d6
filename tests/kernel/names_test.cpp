#include "labkit/observe/names.hpp"

#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "catch.hpp"
#include "machine.hpp"
#include "skip.hpp"
#include "slipway/error.hpp"

using namespace labkit;

TEST_CASE("names: those of another namespace are read from outside, whatever is in them") {
  NEEDS_ROOT();
  const Names ours = names_seen_by(::getpid()).value();
  const Names theirs{"two\nlines", ""};
  const slipway::Pipe ready = slipway::make_pipe();
  const pid_t other = machine::fork_to([&] {
    slipway::check(::unshare(CLONE_NEWUTS), "begin a UTS namespace");
    slipway::check(::sethostname(theirs.host.data(), theirs.host.size()), "set the host name");
    slipway::check(::setdomainname("", 0), "set the domain name");
    slipway::write_all(ready.write, "!");
    return ::pause();
  });
  char byte;
  slipway::check(::read(ready.read.get(), &byte, 1), "wait for the names");
  CHECK(names_seen_by(other) == theirs);
  CHECK(names_seen_by(::getpid()) == ours);
  ::kill(other, SIGKILL);
  machine::status_of(other);
  CHECK(!names_seen_by(other));
}
