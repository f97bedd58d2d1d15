// Must not compile: a cursor is made from a message, and a message never from a temporary vector.
#include <vector>

#include "wire/dns/message.hpp"

int main() {
    namespace dns = vedette::wire::dns;
    dns::RecordCursor cursor(dns::MessageView::inspect(std::vector<std::uint8_t>(12)));
    dns::RecordView record;
    return cursor.next(record) ? 1 : 0;
}
