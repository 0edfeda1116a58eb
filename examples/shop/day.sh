# A shopper pays, another one is authenticated, and the first gets a part back. SHOP is the shop's program.
failed=0
$SHOP checkout order-1042 || failed=1
$SHOP checkout order-1043 3ds || failed=1
$SHOP refund order-1042 1250 || failed=1
exit $failed
