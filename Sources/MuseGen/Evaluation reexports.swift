@_exported public import Evaluation
