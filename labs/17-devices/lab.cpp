// devices: runs a command that may open and make the devices which are named, and no others.
// The lesson is lessons/17-devices.md.

#include <fmt/core.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "frame/frame.hpp"
#include "slipway/cgroup.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/process.hpp"
#include "slipway/signals.hpp"

using namespace slipway;

constexpr char usage[] = "devices [--allow 'TYPE MAJOR:MINOR ACCESS']... -- COMMAND...";

//! [rule]
// 'c 1:3 rw': the character device 1:3, or with * any number there, may be read and written.
constexpr long any = -1;

struct Rule {
  int type;    // BPF_DEVCG_DEV_CHAR or BPF_DEVCG_DEV_BLOCK
  long major;  // a number or `any`
  long minor;
  int access;  // of BPF_DEVCG_ACC_MKNOD (m), BPF_DEVCG_ACC_READ (r), BPF_DEVCG_ACC_WRITE (w)
};

// "3", or "*" for any. Throws Error.
long parse_number(const std::string& text) {
  const std::int64_t number = text == "*" ? any : to_number(text);
  if (number > UINT32_MAX || (number < 0 && text != "*"))
    throw Error(fmt::format("no device has the number {}", text));
  return number;
}
//! [rule]

//! [instructions]
// An instruction is {operation, register, second register, offset, value}. This one skips the next
// `count` instructions unless the register holds `value`; if that is `any`, it skips none.
bpf_insn skip_unless(int from, long value, short count) {
  bpf_insn instruction{BPF_JMP | BPF_JA, 0, 0, 0, 0};
  if (value == any) return instruction;
  instruction = {BPF_JMP32 | BPF_JNE | BPF_K, 0, 0, count, static_cast<int>(value)};
  instruction.dst_reg = from & 0xf;
  return instruction;
}
//! [instructions]

// Step 1. What 'c 1:3 rw' says. Throws Error where it is no rule.
Rule parse_rule([[maybe_unused]] const std::string& text) {
  //! [parse]
  const std::vector<std::string> words = split(text, ' ');
  const std::vector<std::string> numbers = split(words.size() == 3 ? words[1] : "", ':');
  const bool whole = numbers.size() == 2 && (words[0] == "c" || words[0] == "b") &&
                     !words[2].empty() && words[2].find_first_not_of("rwm") == std::string::npos;
  if (!whole) throw Error(fmt::format("\"{}\" is not a rule as 'c 1:3 rw'", text));
  const auto bit = [&](char letter, int value) {
    return words[2].find(letter) != std::string::npos ? value : 0;
  };
  return {
      words[0] == "c" ? BPF_DEVCG_DEV_CHAR : BPF_DEVCG_DEV_BLOCK, parse_number(numbers[0]),
      parse_number(numbers[1]),
      bit('m', BPF_DEVCG_ACC_MKNOD) | bit('r', BPF_DEVCG_ACC_READ) | bit('w', BPF_DEVCG_ACC_WRITE)};
  //! [parse]
}

// Step 2, v1. The kernel reads rules in the form in which the user wrote them.
void write_lists([[maybe_unused]] const Cgroup& group,
                 [[maybe_unused]] const std::vector<std::string>& rules) {
  //! [lists]
  group.write("devices.deny", "a");
  for (const std::string& rule : rules) group.write("devices.allow", rule);
  //! [lists]
}

// Step 3, v2. The program that the kernel asks: r1 points to a struct bpf_cgroup_dev_ctx.
std::vector<bpf_insn> assemble([[maybe_unused]] const std::vector<Rule>& rules) {
  //! [assemble]
  std::vector<bpf_insn> program = {
      {BPF_LDX | BPF_MEM | BPF_W, 2, 1, 0, 0},         // r2 = *(u32 *)(r1 + 0)
      {BPF_ALU64 | BPF_MOV | BPF_X, 3, 2, 0, 0},       // r3 = r2
      {BPF_ALU64 | BPF_AND | BPF_K, 2, 0, 0, 0xffff},  // r2 &= 0xffff, the type
      {BPF_ALU64 | BPF_RSH | BPF_K, 3, 0, 0, 16},      // r3 >>= 16, the access that is wanted
      {BPF_LDX | BPF_MEM | BPF_W, 4, 1, 4, 0},         // r4 = *(u32 *)(r1 + 4), the major number
      {BPF_LDX | BPF_MEM | BPF_W, 5, 1, 8, 0},         // r5 = *(u32 *)(r1 + 8), the minor number
  };
  for (const Rule& rule : rules) {
    const bpf_insn instructions[] = {
        skip_unless(2, rule.type, 7),
        {BPF_ALU64 | BPF_MOV | BPF_X, 0, 3, 0, 0},             // r0 = r3
        {BPF_ALU64 | BPF_AND | BPF_K, 0, 0, 0, ~rule.access},  // r0 &= all that is not in the rule
        skip_unless(0, 0, 4),
        skip_unless(4, rule.major, 3),
        skip_unless(5, rule.minor, 2),
        {BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 1},  // r0 = 1, yes
        {BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
    };
    program.insert(program.end(), std::begin(instructions), std::end(instructions));
  }
  program.push_back({BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0});  // r0 = 0, no
  program.push_back({BPF_JMP | BPF_EXIT, 0, 0, 0, 0});
  return program;
  //! [assemble]
}

// Step 4, v2. Loads the program and attaches it to the group's open folder, with which it goes.
void attach([[maybe_unused]] int group, [[maybe_unused]] const std::vector<bpf_insn>& program) {
  //! [attach]
  bpf_attr load{};
  load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  load.insns = reinterpret_cast<std::uintptr_t>(program.data());
  load.insn_cnt = static_cast<std::uint32_t>(program.size());
  load.license = reinterpret_cast<std::uintptr_t>("MIT");
  const Descriptor loaded(
      static_cast<int>(check(::syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof load), "load rules")));
  bpf_attr link{};
  link.target_fd = static_cast<std::uint32_t>(group);
  link.attach_bpf_fd = static_cast<std::uint32_t>(loaded.get());
  link.attach_type = BPF_CGROUP_DEVICE;
  link.attach_flags = BPF_F_ALLOW_MULTI;  // groups below may have programs, too: all must say yes
  check(::syscall(SYS_bpf, BPF_PROG_ATTACH, &link, sizeof link), "attach rules to the group");
  //! [attach]
}

//! [run]
int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    std::vector<std::string> texts;
    std::vector<Rule> rules;
    while (const auto text = arguments.optional("--allow"))
      texts.push_back(*text), rules.push_back(parse_rule(*text));
    const std::vector<std::string> command = arguments.command();
    Signals signals;
    Cgroup group(unique_name("devices"), {"devices"});
    if (group.version("devices") == 1)
      write_lists(group, texts);
    else
      attach(group.birthplace(), assemble(rules));
    Child child = start(
        {.cgroup = group.birthplace()}, [&] { execute(command); },
        [&](pid_t pid) { group.join(pid); });
    return signals.wait(child).status();
  });
}
//! [run]
