import Testing

/// What is heard while it is played: on devices, ports and terminals, by the clock.
///
/// One test at a time, and apart from all others: they measure milliseconds.
@Suite(.serialized)
enum LiveSoundTests {}
