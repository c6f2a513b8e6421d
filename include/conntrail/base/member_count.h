// How many members an aggregate has, counted by the compiler: a list that must name all of them is checked
// with it.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

namespace conntrail {
namespace detail {

// Two, because std::optional takes neither way of making a class of one that converts to everything.
struct AnyClass {
  template <class T>
  requires std::is_class_v<T>
  operator T() const;
};
struct AnyScalar {
  template <class T>
  requires std::is_scalar_v<T>
  operator T() const;
};

}  // namespace detail

template <class Aggregate, class... Found>
consteval std::size_t member_count() {
  using detail::AnyClass;
  using detail::AnyScalar;
  if constexpr (requires { Aggregate{std::declval<Found>()..., AnyClass{}}; }) {
    return member_count<Aggregate, Found..., AnyClass>();
  } else if constexpr (requires { Aggregate{std::declval<Found>()..., AnyScalar{}}; }) {
    return member_count<Aggregate, Found..., AnyScalar>();
  } else {
    return sizeof...(Found);
  }
}

}  // namespace conntrail
