/** The clauses that a network and its faults have a say in; what the database behind it does is proven without one. */
export const networkedClauses: readonly string[] = [
  'I2',
  'N3',
  'T1',
  'T2',
  'T4',
  'T5',
  'T6',
  'C1',
  'E1',
  'E2',
  'E3',
  'E5',
]
