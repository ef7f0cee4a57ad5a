import { climateDateOf } from '../domain/climate-day.ts'

/** First and last climate day that a model, or anything measured for it, may learn from; what follows judges it. */
export const TRAINING_FROM = climateDateOf('2018-01-01')
export const TRAINING_TO = climateDateOf('2024-09-30')
