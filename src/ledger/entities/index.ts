import { Account } from './account.entity.ts'
import { Decision } from './decision.entity.ts'
import { Demotion } from './demotion.entity.ts'
import { Fill } from './fill.entity.ts'
import { StoredForecast } from './forecast.entity.ts'
import { Halt } from './halt.entity.ts'
import { StoredObservation } from './observation.entity.ts'
import { Order } from './order.entity.ts'
import { Position } from './position.entity.ts'
import { StoredPrediction } from './prediction.entity.ts'
import { Session } from './session.entity.ts'
import { Settlement } from './settlement.entity.ts'

export {
  Account,
  Decision,
  Demotion,
  Fill,
  Halt,
  Order,
  Position,
  Session,
  Settlement,
  StoredForecast,
  StoredObservation,
  StoredPrediction,
}

export const ENTITIES = [
  Account,
  Session,
  Decision,
  Order,
  Fill,
  Position,
  Settlement,
  Halt,
  Demotion,
  StoredObservation,
  StoredForecast,
  StoredPrediction,
]
