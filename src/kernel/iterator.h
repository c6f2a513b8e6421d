// Iterator: one attached BPF iterator program, read as a stream of fixed-size records.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "conntrail/base/result.h"

struct bpf_link;
struct bpf_program;

namespace conntrail::kernel {

class Iterator {
 public:
  // Attaches; the program stays its skeleton's. `name` is for errors: "iter/tcp".
  [[nodiscard]] static Result<Iterator> attach(bpf_program* program, std::string name);

  // Runs the iteration once, in the calling thread (which decides the network namespace), and hands out
  // record after record of `record_size` octets; each span is valid during the call.
  [[nodiscard]] Result<void> read(std::size_t record_size,
                                  const std::function<void(std::span<const std::byte>)>& record) const;

 private:
  struct Free {
    void operator()(bpf_link* link) const;
  };
  Iterator(bpf_link* link, std::string name) : link_(link), name_(std::move(name)) {}
  std::unique_ptr<bpf_link, Free> link_;
  std::string name_;
};

}  // namespace conntrail::kernel
