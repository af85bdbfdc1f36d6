#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "labkit/subject/groups.hpp"
#include "labkit/subject/subject.hpp"
#include "slipway/process.hpp"

namespace labkit {

/// What a sandbox has in it.
struct Furniture {
  struct Copy {
    std::string from;    ///< A file of this machine.
    std::string to;      ///< Its path in the sandbox; the folders above are made.
    mode_t mode = 0755;  ///< It belongs to nobody there: readable, not writable.
  };
  std::vector<Copy> copies;
  std::vector<std::string>
      shown;  ///< Files and folders that are seen, read-only, at their own path.
  std::vector<std::string> hidden;  ///< Folders below /usr that are seen as empty.
  /// Root file systems for containers: folders below /tmp with the checks' helper as /payload, and
  /// proc, sys, dev and tmp, all empty. Programs may write there.
  std::vector<std::string> roots;
  std::vector<std::string>
      devices;          ///< Device nodes that its programs may open, at their own path.
  bool queues = false;  ///< The POSIX message queues of its IPC namespace, mounted on /dev/mqueue.
  std::string cgroup_mount = "/sys/fs/cgroup";  ///< Where the hierarchies are mounted.
  bool loose_cgroups = false;  ///< A program may take their mounts away, as on a real machine.
};

struct SandboxOptions {
  Furniture furniture;
  Limits limits;
  std::int64_t disk = 128 << 20;  ///< Bytes in /tmp, the only place that can be written.
  bool shared_mounts = false;  ///< Its mounts are shared (MS_SHARED), as systemd has a machine's.
  std::vector<std::string> capabilities;  ///< Those that its programs keep: "cap_sys_admin", ...
  /// No user namespace of its own: its root is the machine's, and its capabilities count there. For
  /// labs about what the kernel lets nobody else do; all other fences stand.
  bool initial_user_namespace = false;
};

/// As whom a program is started: the sandbox's root, or an ordinary user there; and what is handed
/// down to it.
struct RunAs {
  uid_t user = 0;
  gid_t group = 0;
  /// Not -1: an open TCP socket of the sandbox's network, as the first free descriptor from here
  /// on.
  int socket = -1;
  int folder = -1;  ///< The same with the sandbox's root folder.
  /// It has a terminal of its own, of the checker's devpts, for standard input, output and errors;
  /// see Subject::type(). Otherwise nothing is on standard input, and pipes take what it prints.
  bool terminal = false;
};

/// A place for a program that may be wrong or hostile. In it, the program is root in namespaces of
/// its own (all but time), the user namespace too: root of nothing outside. (A lab may ask for the
/// initial user namespace; then it has the capabilities that it names, and no others.) It sees the
/// system's programs and libraries read-only, an empty /tmp, what the furniture names, its own
/// processes, and its own subtree of the control groups as if that were the whole tree. It has no
/// descriptor of the checker's, a clean environment, and limits on memory, processes and disk.
/// Whatever it starts ends with the sandbox, and everything ends when the checker dies.
class Sandbox {
 public:
  /// Needs root (CAP_SYS_ADMIN in the machine's user namespace). `name` must be unique on the
  /// machine. `folder` is an empty folder of the caller's on which the sandbox's root is mounted
  /// (in a mount namespace of its own: nothing is to be seen there from outside). Throws
  /// slipway::Error.
  Sandbox(const std::string& name, const std::string& folder, const SandboxOptions& options);
  ~Sandbox();

  /// Starts a program in it, with the arguments given. It lives as long as the sandbox at the most.
  /// An ordinary user has no capability.
  Subject& run(const std::vector<std::string>& command, const RunAs& as = {});

  /// All that run() has started, in that order.
  const std::vector<std::unique_ptr<Subject>>& subjects() const { return subjects_; }

  pid_t init() const { return init_->pid(); }  ///< Its first process, as seen from outside.
  const Groups& groups() const { return *groups_; }
  uid_t root_user() const { return root_user_; }  ///< What its uid 0 is outside.

  /// An open descriptor of a regular file in the sandbox, for reading. The path is resolved inside
  /// the sandbox's root and through no symbolic link. Throws slipway::Error.
  slipway::Descriptor open_inside(const std::string& path) const;

 private:
  void become_init(const std::string& folder) const;
  int namespaces() const;  // those that a program joins

  SandboxOptions options_;
  uid_t root_user_;
  std::unique_ptr<Groups> groups_;
  slipway::Pipe life_;  ///< The checker holds the write end; its end of file ends the sandbox.
  std::unique_ptr<slipway::Child> init_;
  std::vector<std::unique_ptr<Subject>> subjects_;
};

}  // namespace labkit
