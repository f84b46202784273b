#ifndef LOOPY_TRANSPORT_BASE_INTRUSIVE_LIST_H_
#define LOOPY_TRANSPORT_BASE_INTRUSIVE_LIST_H_

#include <utility>

namespace loopy {

// ListLinks are the links of one list that a T may be in. A T has one of them
// for each list.
template <typename T>
struct ListLinks {
  T* previous = nullptr;
  T* next = nullptr;
  bool linked = false;
};

// A doubly linked list of objects that hold their own links: adding allocates
// nothing, and removing searches nothing.
//
//   struct Item { ListLinks<Item> links; };
//   IntrusiveList<Item, &Item::links> list;
//   list.PushBack(&item);  ...  list.Remove(&item);
//
// Does not own its elements. Not thread-safe.
// `kLinks` is a pointer to a ListLinks<T> of T, or of a base of T.
template <typename T, auto kLinks>
class IntrusiveList {
 public:
  IntrusiveList() = default;
  IntrusiveList(const IntrusiveList&) = delete;
  IntrusiveList& operator=(const IntrusiveList&) = delete;

  bool empty() const { return front_ == nullptr; }
  T* front() const { return front_; }
  static T* Next(const T* element) { return (element->*kLinks).next; }
  static bool Contains(const T* element) { return (element->*kLinks).linked; }

  // Requires an element that is in no list with these links.
  void PushBack(T* element) {
    ListLinks<T>& links = element->*kLinks;
    links.previous = back_;
    links.next = nullptr;
    links.linked = true;
    (back_ != nullptr ? (back_->*kLinks).next : front_) = element;
    back_ = element;
  }

  // Moves all elements of `other` here. Requires an empty list.
  void TakeFrom(IntrusiveList* other) {
    front_ = std::exchange(other->front_, nullptr);
    back_ = std::exchange(other->back_, nullptr);
  }

  // Requires an element of this list.
  void Remove(T* element) {
    ListLinks<T>& links = element->*kLinks;
    (links.previous != nullptr ? (links.previous->*kLinks).next : front_) =
        links.next;
    (links.next != nullptr ? (links.next->*kLinks).previous : back_) =
        links.previous;
    links = ListLinks<T>();
  }

 private:
  T* front_ = nullptr;
  T* back_ = nullptr;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_BASE_INTRUSIVE_LIST_H_
