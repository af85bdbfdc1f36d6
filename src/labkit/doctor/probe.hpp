#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// What this machine can do, found out by doing it: each probe makes the thing and sees.
namespace labkit {

enum class Health {
  fine,
  missing,
  unknown,  ///< It could not be tried: the probe needs root, or another thing that is missing.
};

struct Found {
  Health health = Health::unknown;
  std::string what;  ///< One line.
  std::string mend;  ///< Of what is missing: the shell command, or the step, that gives it.
};

/// Who needs what a probe looks for.
enum class Need {
  checks,  ///< Every check.
  labs,    ///< The labs that name it in lab.toml, under [needs].
  nobody,  ///< It is good to know.
};

/// One row of the table. `look` gets `about`, so that one function serves several rows.
struct Probe {
  std::string_view name;   ///< As in lab.toml's needs.features.
  std::string_view title;  ///< For people.
  Need need;
  bool root;   ///< Only root can try it.
  bool quick;  ///< Takes a few ms at most: may be tried before each check.
  Found (*look)(const std::string& about);
  std::string_view about;
};

/// All of them, in the order in which they are told.
const std::vector<Probe>& probes();

/// The one of that name, or null.
const Probe* probe_named(std::string_view name);

/// What a probe found; it is tried once in a process. Does not throw: a probe that breaks finds
/// `unknown`.
const Found& found_by(const Probe& probe);

/// Runs `body` in a child with these new namespaces; an exception in it is thrown here.
void in_child(std::uint64_t namespaces, const std::function<void()>& body);

/// in_child() for a new user namespace in which the caller is root.
void in_user_namespace(std::uint64_t others, const std::function<void()>& body);

// The probes, by the file they stand in.
// groups.cpp
Found probe_layout(const std::string&);
Found probe_controller(const std::string& name);
Found probe_delegation(const std::string&);
Found probe_device_rules(const std::string&);
Found probe_swap_accounting(const std::string&);
Found probe_group_kill(const std::string&);
// namespaces.cpp
Found probe_namespace(const std::string& kind);
Found probe_user_namespace(const std::string&);
Found probe_unprivileged_user_namespace(const std::string&);
Found probe_proc_mount(const std::string&);
Found probe_overlay(const std::string&);
Found probe_overlay_in_user_namespace(const std::string&);
// kernel.cpp
Found probe_root(const std::string&);
Found probe_kernel(const std::string&);
Found probe_capabilities(const std::string&);
Found probe_clone3(const std::string&);
Found probe_pidfd(const std::string&);
Found probe_seccomp(const std::string&);
Found probe_clock(const std::string&);
// machine.cpp
Found probe_compiler(const std::string&);
Found probe_container(const std::string&);
Found probe_wsl(const std::string&);
Found probe_kvm(const std::string&);
Found probe_guest(const std::string&);
Found probe_memory(const std::string&);
Found probe_space(const std::string&);

/// The command that adds a word to the kernel's command line, with GRUB as on Debian and Ubuntu.
std::string kernel_word(const std::string& word);

/// Whether this process is in a container: in namespaces that the kernel did not begin with.
bool in_container();

}  // namespace labkit
