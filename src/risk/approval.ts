declare const approval: unique symbol

/**
 * A value that risk has let through. The mark cannot be written outside this folder: nothing else exports a way to make
 * one, so whatever takes a `RiskApproved<OrderRequest>` cannot be reached around the checks.
 */
export type RiskApproved<Value> = Value & { readonly [approval]: 'approved by risk' }
