// Probes of what is around the kernel: containers, WSL, KVM, room, the compiler.

#include <fcntl.h>
#include <linux/kvm.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <filesystem>

#include "labkit/doctor/probe.hpp"
#include "labkit/observe/cgroup.hpp"
#include "labkit/observe/process.hpp"
#include "labkit/toolkit.hpp"
#include "labkit/workspace/compile.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/process.hpp"

namespace labkit {
namespace {

using slipway::check;

constexpr std::int64_t needed_memory = 512;  // MiB
constexpr std::int64_t needed_space = 64;    // MiB
constexpr int longest_compile = 120'000;     // ms

// The inodes of the namespaces in which the kernel began. include/linux/proc_ns.h
constexpr ino_t first_pid_namespace = 0xEFFFFFFC;
constexpr ino_t first_user_namespace = 0xEFFFFFFD;

// A folder of ours that is gone afterwards.
struct TemporaryFolder {
  TemporaryFolder() { check(::mkdtemp(path.data()) == nullptr ? -1 : 0, "make {}", path); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::string path = "/tmp/slipway-doctor-XXXXXX";
};

// How the compiler failed, with its first words; nothing when it did not.
std::string compile_errors(const std::vector<std::string>& command) {
  slipway::Pipe errors = slipway::make_pipe();
  slipway::Child compiler = slipway::start({}, [&] {
    check(::dup2(errors.write.get(), STDERR_FILENO), "set standard error");
    slipway::execute(command);
  });
  errors.write.close();
  // A compiler's words on one small program do not fill the pipe: it is read when it has ended.
  const auto exit = compiler.wait_for(longest_compile);
  if (!exit) return "the compiler did not end";
  if (exit->status() == 0) return "";
  const std::string words = slipway::read_all(errors.read);
  return fmt::format("it ended with status {}: {}", exit->status(),
                     words.substr(0, words.find('\n')));
}

std::int64_t mib_available() {
  for (const std::string& line : slipway::read_lines("/proc/meminfo"))
    if (line.starts_with("MemAvailable:")) {
      const size_t digit = line.find_first_of("0123456789");
      return slipway::to_number(line.substr(digit, line.find(' ', digit) - digit)) / 1024;
    }
  throw slipway::Error("/proc/meminfo has no MemAvailable");
}

}  // namespace

bool in_container() {
  return namespace_of(::getpid(), "pid") != first_pid_namespace ||
         namespace_of(::getpid(), "user") != first_user_namespace;
}

Found probe_container(const std::string&) {
  if (!in_container()) return {Health::fine, "none: this is the machine's first pid namespace", ""};
  const bool first_user = namespace_of(::getpid(), "user") == first_user_namespace;
  return {Health::fine,
          first_user ? "this is a container (a pid namespace of its own)"
                     : "this is a container with a user namespace of its own (rootless)",
          ""};
}

Found probe_wsl(const std::string&) {
  utsname name;
  check(::uname(&name), "ask for the kernel's release");
  const std::string release = name.release;
  if (release.find("Microsoft") != std::string::npos && release.find("WSL2") == std::string::npos)
    return {Health::missing, "WSL 1 has no Linux kernel, and so no namespaces",
            "wsl.exe --set-version DISTRIBUTION 2"};
  if (release.find("icrosoft") == std::string::npos) return {Health::fine, "no", ""};
  if (cgroup_layout() != "cgroup hybrid") return {Health::fine, "WSL 2, " + cgroup_layout(), ""};
  return {Health::missing, "WSL 2 with hybrid groups, where most controllers are on v1",
          "printf '[wsl2]\\nkernelCommandLine = cgroup_no_v1=all\\n' >> \"$(wslpath \"$(cmd.exe /c "
          "echo %USERPROFILE% 2>/dev/null | tr -d '\\r')\")/.wslconfig\" && wsl.exe --shutdown"};
}

Found probe_kvm(const std::string&) {
  const slipway::Descriptor kvm(::open("/dev/kvm", O_RDWR | O_CLOEXEC));
  const std::string slow = "guests run in software emulation, some ten times slower";
  if (!kvm) {
    const bool there = slipway::exists("/dev/kvm");
    return {Health::missing,
            (there ? "/dev/kvm cannot be opened: " : "there is no /dev/kvm: ") + slow,
            there ? "sudo usermod -aG kvm \"$USER\"   (and log in again)"
                  : "sudo modprobe -a kvm_intel kvm_amd   (or switch nested virtualization on in "
                    "the host)"};
  }
  const slipway::Descriptor guest(::ioctl(kvm.get(), KVM_CREATE_VM, 0));
  if (guest) return {Health::fine, "a virtual machine could be made", ""};
  return {Health::missing, "no virtual machine can be made: " + slow, ""};
}

Found probe_guest(const std::string&) {
  const char* given = ::getenv("SLIPWAY_VM_HOME");
  const std::string home = given != nullptr ? given : "/var/cache/slipway/vm";
  std::string kernels;
  if (slipway::exists(home))
    for (const std::string& name : slipway::list_folder(home))
      if (slipway::exists(home + "/" + name + "/ok")) kernels += " " + name;
  if (!kernels.empty()) return {Health::fine, "kernel" + kernels, ""};
  return {Health::missing, "no guest kernel in " + home, "sudo " + toolkit().vm + " setup"};
}

Found probe_memory(const std::string&) {
  const std::int64_t available = mib_available();
  const std::string what = fmt::format("{} MiB", available);
  if (available >= needed_memory) return {Health::fine, what, ""};
  return {Health::missing, fmt::format("{}; the checks need {} MiB", what, needed_memory),
          "end other programs, or give the machine more memory"};
}

Found probe_space(const std::string&) {
  struct statvfs room;
  check(::statvfs("/run", &room), "ask for the room below /run");
  const auto free = static_cast<std::int64_t>(room.f_bavail * room.f_frsize >> 20);
  if (free >= needed_space) return {Health::fine, fmt::format("{} MiB", free), ""};
  return {Health::missing, fmt::format("{} MiB; the checks need {} MiB", free, needed_space),
          "sudo lab clean && df -h /run"};
}

Found probe_compiler(const std::string&) {
  if (!slipway::exists("/usr/bin/c++"))
    return {Health::missing, "there is no /usr/bin/c++", "sudo apt-get install g++ libfmt-dev"};
  const TemporaryFolder folder;
  const std::string source = folder.path + "/try.cpp";
  slipway::write_all(slipway::open(source, O_WRONLY | O_CREAT | O_EXCL),
                     "#include \"frame/frame.hpp\"\n#include \"slipway/file.hpp\"\n"
                     "int main() { return slipway::exists(\"/\") ? 0 : 1; }\n");
  const std::string words = compile_errors(compile_command({source}, folder.path + "/try"));
  if (words.empty()) return {Health::fine, "compiles a program with the toolkit's headers", ""};
  return {Health::missing, words, "sudo apt-get install g++ libfmt-dev"};
}

}  // namespace labkit
