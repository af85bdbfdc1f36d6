#include "slipway/seccomp.hpp"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <vector>

#include "slipway/error.hpp"

namespace slipway {
namespace {

// An architecture whose programs this kernel runs, and the numbers that the three calls have there.
struct Architecture {
  __u32 name;
  __u32 unshare, clone, clone3;
};

#if defined(__x86_64__)
constexpr Architecture architectures[] = {{AUDIT_ARCH_X86_64, 272, 56, 435},
                                          {AUDIT_ARCH_I386, 310, 120, 435}};
#elif defined(__aarch64__)
constexpr Architecture architectures[] = {{AUDIT_ARCH_AARCH64, 97, 220, 435},
                                          {AUDIT_ARCH_ARM, 337, 120, 435}};
#endif
constexpr __u32 x32_bit = 0x40000000;  // x86's third set of numbers, which hardly a kernel has

constexpr __u32 allow = SECCOMP_RET_ALLOW;
constexpr __u32 not_permitted = SECCOMP_RET_ERRNO | EPERM;
constexpr __u32 no_such_call = SECCOMP_RET_ERRNO | ENOSYS;

class Program {
 public:
  void load(size_t offset) { add(BPF_LD | BPF_W | BPF_ABS, static_cast<__u32>(offset)); }
  void answer(__u32 what) { add(BPF_RET | BPF_K, what); }

  // Goes over the next `count` instructions unless the loaded word equals (has any of the bits of)
  // `value`.
  void unless_equal(__u32 value, __u8 count) {
    code_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, count));
  }
  void unless_any(__u32 bits, __u8 count) {
    code_.push_back(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 0, count));
  }

  void install() {
    const sock_fprog program{static_cast<unsigned short>(code_.size()), code_.data()};
    check(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program),
          "install a filter of system calls");
  }

 private:
  void add(int code, __u32 value) { code_.push_back(BPF_STMT(static_cast<__u16>(code), value)); }

  std::vector<sock_filter> code_;
};

}  // namespace

void refuse_user_namespaces() {
  Program program;
  // The flags are the first argument of both, and in its lower half.
  constexpr size_t flags = offsetof(seccomp_data, args[0]);
  for (const Architecture& architecture : architectures) {
    program.load(offsetof(seccomp_data, arch));
    program.unless_equal(architecture.name, 16);
    program.load(offsetof(seccomp_data, nr));
    program.unless_any(x32_bit, 1);
    program.answer(no_such_call);
    program.unless_equal(architecture.clone3, 1);
    program.answer(no_such_call);
    for (const __u32 call : {architecture.unshare, architecture.clone}) {
      program.unless_equal(call, 4);
      program.load(flags);
      program.unless_any(CLONE_NEWUSER, 1);
      program.answer(not_permitted);
      program.answer(allow);
    }
    program.answer(allow);
  }
  program.answer(no_such_call);  // of an architecture that we do not know
  program.install();
}

}  // namespace slipway
