"""Thirty voice notes of an invented household, for ``benchmarks.voice``: {numbers} and [dates or times] are marked."""

NOTES = (
    "The dentist moved Nora to [the fourteenth of March] at [half past nine], and the check up costs"
    " {one hundred and eighty five euros}.",
    "Victor, the plumber came today. The new valve for the boiler costs {sixty four dollars and thirty cents}, and he"
    " is back on [the third of April].",
    "Mr. Pemberton called about the lease. The deposit of {twelve hundred dollars} comes back on [the first of June].",
    "Maria, please buy {two} litres of milk, {five hundred grams} of coffee and {twelve} eggs.",
    "The policy for the house ends on [the thirty first of December], and the yearly premium is"
    " {four hundred and twelve euros}.",
    "The code of the garage is {four seven one nine}, and the spare key is with Mr. Pemberton.",
    "Nora has a fever of {thirty nine} degrees. Doctor Lambert wants to see her on [the second of May] at"
    " [a quarter past eight].",
    "The electricity bill is {ninety six dollars and fifty cents}, and it is due on [the twentieth of February].",
    "Please call the school about the trip to the lake. It costs {thirty five euros}, and they leave on"
    " [the ninth of July].",
    "The warranty of the washing machine lasts {three} years, until [the eighteenth of October].",
    "Victor paid {two hundred and forty euros} for the winter tyres, and the receipt is in the kitchen.",
    "The train to Vienna leaves at [ten to seven] from platform {eleven}, and we are in coach {twenty three}.",
    "Maria said that the cat weighs {six} kilos now, and the next vaccination is on [the fifth of November].",
    "The meter in the cellar shows {eight thousand four hundred and twelve}. I read it on [the thirtieth of June].",
    "Mr. Pemberton wants the rent of {nine hundred and fifty dollars} on [the first of September].",
    "The reservation is under the name of Nora, for {four} people, on Friday at [half past seven].",
    "The flight is on [the twelfth of August], and each ticket costs {one hundred and ninety nine dollars}.",
    "I left the parcel with the neighbour at number {forty two}, and she is at home until [nine].",
    "The car goes to the garage on [the sixteenth of January]. They say the brakes cost {three hundred and ten euros}.",
    "Grandmother takes {two} tablets in the morning and {one} in the evening, until [the eighth of March].",
    "The library wants the books back by [the twenty fifth of April], and the fine is {four dollars}.",
    "Our new internet costs {thirty nine euros} a month, and the contract runs for {twenty four} months.",
    "The key for the post box is number {three hundred and seven}, and it hangs behind the door.",
    "Victor, the chimney sweep comes on [the eleventh of October] between [eight] and [ten].",
    "I have measured the window. It is {one hundred and twenty} centimetres wide and {ninety} centimetres high.",
    "The passport of Maria ends on [the nineteenth of May], and a new one costs {seventy dollars}.",
    "We owe Mr. Pemberton {eighty five dollars} for the paint, and {fifteen dollars} for the brushes.",
    "The swimming lesson of Nora starts at [a quarter to four] on Tuesday, and it costs {eighteen euros}.",
    "The bank has closed the old account with {one thousand and fifty dollars} on [the tenth of December].",
    "The oven broke on [the sixth of February]. The repair is {one hundred and thirty euros}, and takes {two} weeks.",
)
