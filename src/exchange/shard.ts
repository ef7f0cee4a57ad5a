/** Where markets trade unless the exchange says otherwise, and where all money is (kalshi-api §3.8). */
export const DEFAULT_SHARD = 0
