#include "labkit/subject/filter.hpp"

#include <errno.h>
#include <linux/audit.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <vector>

#include "slipway/error.hpp"

namespace labkit {
namespace {

#if defined(__x86_64__)
constexpr __u32 architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr __u32 architecture = AUDIT_ARCH_AARCH64;
#endif
constexpr __u32 first_x32_call = 0x40000000;  // the same calls again, by other numbers
constexpr __u32 refuse = SECCOMP_RET_ERRNO | EPERM;
constexpr __u32 open_tree_attr = 467;  // newer than Debian 12's headers

constexpr __u32 refused[] = {
    // A new mount of /proc, of the machine's devices or of the kernel's tracing has no lock.
    SYS_mount, SYS_umount2, SYS_pivot_root, SYS_move_mount, SYS_open_tree, SYS_fsopen, SYS_fsconfig,
    SYS_fsmount, SYS_fspick, SYS_mount_setattr, open_tree_attr,
    // Files of which one knows no more than a number, or that somebody else opens.
    SYS_open_by_handle_at, SYS_fanotify_init, SYS_quotactl, SYS_quotactl_fd, SYS_swapon,
    SYS_swapoff, SYS_acct,
    // Other processes, and the kernel itself.
    SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_process_madvise, SYS_pidfd_getfd,
    SYS_kcmp, SYS_perf_event_open, SYS_userfaultfd, SYS_syslog, SYS_add_key, SYS_keyctl,
    SYS_request_key, SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_kexec_load,
    SYS_kexec_file_load, SYS_reboot,
    SYS_io_uring_setup,  // by which many of these could be asked for behind the filter's back
#if defined(__x86_64__)
    SYS_iopl, SYS_ioperm,
#endif
    // The machine's clock.
    SYS_settimeofday, SYS_clock_settime, SYS_adjtimex, SYS_clock_adjtime};

// A call that is refused unless `mask` of one of its arguments is one of these.
struct Sifted {
  __u32 number;
  size_t argument;
  __u32 mask;
  std::vector<__u32> allowed;
};
const Sifted sifted[] = {
    // BPF_LINK_CREATE would attach a program to a group, too; but to any function of the kernel as
    // well, and a filter does not see which.
    {SYS_bpf,
     0,
     ~0U,
     {BPF_PROG_LOAD, BPF_PROG_ATTACH, BPF_PROG_DETACH, BPF_PROG_QUERY, BPF_OBJ_GET_INFO_BY_FD}},
    // By their second byte: of terminals, sockets and namespaces. Those of file systems freeze or
    // shut down the machine's own, through any file that is only to be read.
    {SYS_ioctl, 1, 0xff00, {0x5400, 0x8900, 0xb700}},
    // MADV_NORMAL to MADV_COLLAPSE; MADV_HWPOISON would take a page of a library from all who use
    // it.
    {SYS_madvise, 2, ~63U, {0}},
};

std::vector<sock_filter> assemble() {
  std::vector<sock_filter> filter;
  const auto load = [&](size_t offset) {
    filter.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<__u32>(offset)));
  };
  const auto answer = [&](__u32 what) { filter.push_back(BPF_STMT(BPF_RET | BPF_K, what)); };
  const auto unless = [&](std::uint16_t compare, __u32 value, size_t skipped) {
    filter.push_back(sock_filter(
        BPF_JUMP(BPF_JMP | BPF_K | compare, value, 0, static_cast<std::uint8_t>(skipped))));
  };
  load(offsetof(seccomp_data, arch));
  filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, architecture, 1, 0));
  answer(refuse);
  load(offsetof(seccomp_data, nr));
  unless(BPF_JGE, first_x32_call, 1);
  answer(refuse);
  for (const __u32 number : refused) {
    unless(BPF_JEQ, number, 1);
    answer(refuse);
  }
  for (const Sifted& call : sifted) {
    unless(BPF_JEQ, call.number, 3 + 2 * call.allowed.size());
    // The lower half of the argument: both machines begin with it.
    load(offsetof(seccomp_data, args) + sizeof(__u64) * call.argument);
    filter.push_back(BPF_STMT(BPF_ALU | BPF_AND | BPF_K, call.mask));
    for (const __u32 value : call.allowed) {
      unless(BPF_JEQ, value, 1);
      answer(SECCOMP_RET_ALLOW);
    }
    answer(refuse);
  }
  answer(SECCOMP_RET_ALLOW);
  return filter;
}

}  // namespace

void refuse_ways_out() {
  std::vector<sock_filter> instructions = assemble();
  const sock_fprog filter{static_cast<unsigned short>(instructions.size()), instructions.data()};
  slipway::check(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter), "filter system calls");
}

}  // namespace labkit
