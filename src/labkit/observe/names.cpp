#include "labkit/observe/names.hpp"

#include <sched.h>
#include <sys/utsname.h>

#include <cstring>

#include "slipway/error.hpp"
#include "slipway/process.hpp"

namespace labkit {

using slipway::check;

std::optional<Names> names_seen_by(pid_t pid) {
  slipway::Pipe answer = slipway::make_pipe();
  try {
    const slipway::Descriptor names = slipway::open(fmt::format("/proc/{}/ns/uts", pid));
    slipway::start({}, [&] {
      check(::setns(names.get(), CLONE_NEWUTS), "join the UTS namespace");
      utsname seen;
      check(::uname(&seen), "read the names");
      // As bytes: a name may hold any character, a newline too.
      slipway::write_all(answer.write, {reinterpret_cast<const char*>(&seen), sizeof seen});
    }).wait();
  } catch (const slipway::Error& error) {
    if (error.code() == ENOENT || error.code() == ESRCH) return std::nullopt;
    throw;
  }
  answer.write.close();
  const std::string bytes = slipway::read_all(answer.read);
  utsname seen;
  if (bytes.size() != sizeof seen) throw slipway::Error("read the names of a process: no answer");
  std::memcpy(&seen, bytes.data(), sizeof seen);
  return Names{seen.nodename, seen.domainname};
}

}  // namespace labkit
