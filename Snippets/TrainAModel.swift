// A model of your own: learned from a folder of music, with its loss on held-out pieces as it falls.

import MuseGen

let corpus = try await Corpus(contentsOf: "midi")
let run = try TrainingRun(settings: TrainingSettings(), corpus: corpus)
for try await case .validation(let loss) in run {
  print("step \(loss.step): \(loss.nats) nats per event")
}
try run.model.write(to: "model.safetensors")
